"""Proves that the layer is on the import path."""
