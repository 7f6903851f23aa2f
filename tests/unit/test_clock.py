"""Instants, waits and dates."""

import time
from datetime import date

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tidings import clock


def test_present_is_in_whole_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_in_product(monkeypatch, time, time_ns=lambda: 1_790_000_000_123_999_999)
    assert clock.now_ms() == 1_790_000_000_123


@pytest.mark.parametrize(
    ("instant", "seconds"), [(5000, 4), (4001, 4), (4000, 3), (1001, 1), (1000, 1), (0, 1), (-5000, 1)]
)
def test_wait_is_rounded_up_and_never_none(instant: int, seconds: int) -> None:
    assert clock.seconds_until(instant, 1000) == seconds


def test_instant_is_written_in_utc_with_its_milliseconds() -> None:
    assert clock.iso(1_771_509_787_250) == "2026-02-19T14:03:07.250Z"
    assert clock.iso(1_771_509_787_000) == "2026-02-19T14:03:07.000Z"
    assert clock.iso(0) == "1970-01-01T00:00:00.000Z"
    assert clock.iso(None) is None


def test_date_changes_at_midnight_in_utc() -> None:
    midnight = 1_771_459_200_000
    assert clock.utc_date(midnight) == date(2026, 2, 19)
    assert clock.utc_date(midnight - 1) == date(2026, 2, 18)
    assert clock.utc_date(0) == date(1970, 1, 1)
