"""Instants as providers write them; every parsed one can be formatted."""

import time

import pytest

from tidings.http.timestamps import format_instant, parse_instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-02-19T14:03:07.250Z", 1_771_509_787_250),
        ("2026-02-19T14:03:07.250999Z", 1_771_509_787_250),
        ("2026-02-19T14:03:07+00:00", 1_771_509_787_000),
        ("2026-02-19T09:03:07-05:00", 1_771_509_787_000),
        ("2026-02-19 14:03:07", 1_771_509_787_000),
        ("2026-02-19T14:03", 1_771_509_780_000),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2026-02-19T14:03:07.25000000000000+00:00", 1_771_509_787_250),
    ],
)
def test_instant_is_parsed_in_milliseconds(text: str, instant: int) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        *(
            None,
            1_771_509_787,
            b"2026-02-19T14:03:07Z",
            "",
            "2026-02-19",
            "2026-02-19T14:0",
            "2026-02-19T1403",
            "2026-02-19T14Z",
        ),
        *("2026-02-19T1403", "2026-02-19x14:03:07Z", "2026-02-19t14:03:07Z", "2026-02-30T14:03:07Z"),
        *("20260219T140307Z", "2026-02-19T24:61:00Z", "2026-02-19T14:03:07 soon"),
        "2026-02-19T14:03:07.250000000000000+00:00",
    ],
)
def test_other_text_is_no_instant(text: object) -> None:
    assert parse_instant(text) is None


def test_time_without_an_offset_is_utc_wherever_the_process_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        found = parse_instant("2026-02-19T14:03:07")
    time.tzset()
    assert found == 1_771_509_787_000


def test_instant_outside_calendar_is_none() -> None:
    assert parse_instant("9999-12-31T23:59:59-14:00") is None
    assert parse_instant("0001-01-01T00:00:00+14:00") is None


def test_instant_is_formatted_in_utc() -> None:
    instant = parse_instant("2026-10-01T12:00:00-05:00")
    assert instant is not None
    assert format_instant(instant) == "2026-10-01T17:00:00Z"
    assert format_instant(instant + 999) == "2026-10-01T17:00:00Z"


def test_last_microsecond_stays_in_calendar() -> None:
    instant = parse_instant("9999-12-31T23:59:59.999999Z")
    assert instant is not None
    assert format_instant(instant) == "9999-12-31T23:59:59Z"
