"""Rates are read once, for all days that can count, and known for ten minutes."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tidings.concurrency import remaining_s
from tidings.errors import StoreUnavailable
from tidings.exchange_rates import lookup
from tidings.store import exchange_rates
from tidings.store.exchange_rates import StoredRates

DAY = date(2026, 4, 9)
WEEK = timedelta(days=7)


class Store:
    """What a store holds, the ranges read from it, and the time at which that happens."""

    def __init__(self) -> None:
        self.stored: list[StoredRates] = []
        self.read: list[tuple[date, date]] = []
        self.is_down = False
        self.now = 1000.0
        self.patience_s = 0.0

    def read_days(self, first: date, last: date) -> Sequence[StoredRates]:
        self.read.append((first, last))
        self.patience_s = remaining_s()
        if self.is_down:
            raise StoreUnavailable
        return [one for one in self.stored if first <= one.day <= last]

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setenv("EXCHANGE_RATES", "ecb")
    monkeypatch.setattr(exchange_rates, "read_days", store.read_days)
    monkeypatch.setattr("tidings.exchange_rates.lookup.time.monotonic", store.monotonic)
    lookup.forget()
    return store


def rate(on: date, *, dates: Sequence[date] = ()) -> Decimal | None:
    found = lookup.rates_for(dates or [on]).find_rate("EUR", "USD", on)
    return found and found.rate


def dollar(day: date, rate: str, source: str = "ecb") -> StoredRates:
    return StoredRates(day, source, 1, {"USD": rate})


def test_days_that_can_count_are_read_at_once(store: Store) -> None:
    store.stored = [dollar(DAY - WEEK, "2"), dollar(DAY, "4")]
    both = [DAY - timedelta(days=3), DAY - timedelta(days=1)]
    assert [rate(on, dates=both) for on in both] == [2, 2]
    assert store.read == [(both[0] - WEEK, both[1])]
    assert rate(DAY) == 4
    assert store.read[1:] == [(DAY, DAY)], "the other days are known"


def test_rates_between_dates_include_the_week_before(store: Store) -> None:
    store.stored = [dollar(DAY - WEEK, "2"), dollar(DAY + timedelta(days=1), "4")]
    book = lookup.rates_between(DAY, DAY + timedelta(days=1))
    assert store.read == [(DAY - WEEK, DAY + timedelta(days=1))]
    found = [book.find_rate("EUR", "USD", DAY + timedelta(days=after)) for after in (0, 1)]
    assert [one and one.rate for one in found] == [2, 4]


def test_what_was_read_is_known_for_ten_minutes(store: Store) -> None:
    assert rate(DAY) is None
    store.stored = [dollar(DAY, "2")]
    store.now += 599.5
    assert rate(DAY) is None
    store.now += 0.5
    assert rate(DAY) == 2
    assert len(store.read) == 2
    lookup.forget()
    assert rate(DAY) == 2
    assert len(store.read) == 3


def test_unknown_source_is_left_out(store: Store) -> None:
    store.stored = [dollar(DAY, "9", source="another version's"), dollar(DAY, "2")]
    assert rate(DAY) == 2


def test_preferred_source_counts_whatever_the_order_of_the_rows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "SOURCES", [SimpleNamespace(NAME=name) for name in ("z", "a")])
    for order in (1, -1):
        lookup.forget()
        store.stored = [dollar(DAY, "2", source="a"), dollar(DAY, "4", source="z")][::order]
        assert rate(DAY) == 4


def test_failing_store_is_told_and_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(lookup, "log_warning", told.append)
    store.stored, store.is_down = [dollar(DAY, "2")], True
    assert lookup.rates_for([DAY]).unavailable == lookup.RATES_UNAVAILABLE == "rates_unavailable"
    assert (store.patience_s, told) == (2, ["exchange rates not read"])
    store.is_down = False
    assert lookup.rates_for([DAY]).unavailable is None
    assert rate(DAY) == 2


def test_no_dates_read_nothing(store: Store) -> None:
    assert lookup.rates_for([]).unavailable is None
    assert store.read == []


def test_rates_that_are_off_are_not_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_RATES", "off")
    assert lookup.rates_for([DAY]).unavailable == "rates_off"
    assert store.read == []
