"""Every parsed instant can be formatted."""

from tidings.http.timestamps import format_instant, parse_instant


def test_instant_outside_calendar_is_none() -> None:
    assert parse_instant("9999-12-31T23:59:59-14:00") is None
    assert parse_instant("0001-01-01T00:00:00+14:00") is None


def test_instant_is_formatted_in_utc() -> None:
    instant = parse_instant("2026-10-01T12:00:00-05:00")
    assert instant is not None
    assert format_instant(instant) == "2026-10-01T17:00:00Z"


def test_last_microsecond_stays_in_calendar() -> None:
    instant = parse_instant("9999-12-31T23:59:59.999999Z")
    assert instant is not None
    assert format_instant(instant) == "9999-12-31T23:59:59Z"
