"""Match records against the filter patterns of an event source: exact values and prefixes."""

from collections.abc import Mapping
from typing import Any

from local.errors import LocalCloudError


def validate_pattern(pattern: object) -> None:
    """Raise LocalCloudError if the pattern contains what the local cloud can't match."""
    if isinstance(pattern, dict):
        for inner in pattern.values():
            validate_pattern(inner)
    elif not isinstance(pattern, list) or not pattern or not all(map(_is_known_rule, pattern)):
        raise LocalCloudError(f"the local cloud matches exact values and prefixes only, not {pattern}")


def matches(pattern: Mapping[str, Any], record: object) -> bool:
    """Return whether a record has what the pattern demands."""
    return isinstance(record, dict) and all(
        matches(demanded, record.get(name))
        if isinstance(demanded, dict)
        else any(_is_met(rule, record.get(name)) for rule in demanded)
        for name, demanded in pattern.items()
    )


def _is_known_rule(rule: object) -> bool:
    return isinstance(rule, str) or (isinstance(rule, dict) and list(rule) == ["prefix"])


def _is_met(rule: str | Mapping[str, str], value: object) -> bool:
    if isinstance(rule, str):
        return value == rule
    return isinstance(value, str) and value.startswith(rule["prefix"])
