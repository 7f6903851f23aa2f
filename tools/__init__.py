"""Generators of files in `docs/` that are made from the code."""
