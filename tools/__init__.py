"""Generate files of `docs/` from the code."""
