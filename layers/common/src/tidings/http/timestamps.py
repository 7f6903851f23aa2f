"""Parse and format instants as providers write them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC)


def parse_instant(value: object) -> int | None:
    """Convert an ISO-8601 date and time to epoch milliseconds, or return None if it is malformed.

    `T` or a space separates date and time; a time without an offset is UTC.
    """
    if not isinstance(value, str) or not 16 <= len(value) <= 40 or value[10] not in "T ":
        return None
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        # Convert to UTC first: an instant outside the calendar in UTC could not be formatted again.
        return (instant.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def format_instant(instant: int) -> str:
    """Format an instant as ISO-8601 in UTC, in whole seconds."""
    return datetime.fromtimestamp(instant // 1000, UTC).isoformat().replace("+00:00", "Z")
