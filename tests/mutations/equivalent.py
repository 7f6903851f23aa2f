"""Changes that nothing could notice, each with the reason."""

EQUIVALENT: dict[str, str] = {}
