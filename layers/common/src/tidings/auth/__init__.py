"""Authenticate callers. The modules for bearer tokens are loaded by the first request that has one."""
