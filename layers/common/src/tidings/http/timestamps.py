"""Instants as providers write them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC)


def parse_instant(value: object) -> int | None:
    """Epoch milliseconds of an ISO-8601 date and time (`T` or a space between; without an offset it is UTC)."""
    if not isinstance(value, str) or not 16 <= len(value) <= 40 or value[10] not in "T ":
        return None
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        # In UTC at once: what lies outside the calendar there can't be written again either.
        return (instant.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def format_instant(instant: int) -> str:
    """ISO-8601 in UTC, whole seconds."""
    return datetime.fromtimestamp(instant // 1000, UTC).isoformat().replace("+00:00", "Z")
