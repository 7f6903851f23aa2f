"""Read the rates of some dates: one Query at most, and none while this process knows them."""

import time
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from tidings import settings
from tidings.concurrency import limit_time
from tidings.errors import StoreUnavailable
from tidings.exchange_rates.rates import DayRates, RateBook, candidate_days
from tidings.exchange_rates.sources import SOURCES
from tidings.observability import log_warning
from tidings.store import exchange_rates

RATES_OFF = "rates_off"
RATES_UNAVAILABLE = "rates_unavailable"

KNOWN_FOR_S = 600.0
"""How long a process uses what it read. A new day's rates and a revision show by then."""

_PATIENCE_S = 2.0
"""For the store. Totals without rates say so, and are shown all the same."""

_known: dict[date, tuple[float, tuple[DayRates, ...]]] = {}
"""By day: until when it is known (monotonic), and its rates, none for a holiday."""


def forget() -> None:
    """Forget what this process has read, as a new process would."""
    _known.clear()


def rates_for(dates: Collection[date]) -> RateBook:
    """Return the rates that can count for amounts of these dates. Never raises for a failing store."""
    days = {day for on in dates for day in _days(*candidate_days(on))}
    return _rates_of(days)


def rates_between(first: date, last: date) -> RateBook:
    """Return the rates that can count for amounts of all dates from the first to the last."""
    return _rates_of(set(_days(candidate_days(first)[0], last)))


def _rates_of(days: set[date]) -> RateBook:
    if not settings.exchange_rates():
        return RateBook((), RATES_OFF)
    now = time.monotonic()
    missing = [day for day in days if day not in _known or _known[day][0] <= now]
    if missing:
        try:
            with limit_time(_PATIENCE_S):
                _read(min(missing), max(missing), now)
        except StoreUnavailable:
            log_warning("exchange rates not read")
            return RateBook((), RATES_UNAVAILABLE)
    return RateBook(rates for day in days for rates in _known[day][1])


def _read(first: date, last: date, now: float) -> None:
    order = {source.NAME: number for number, source in enumerate(SOURCES)}
    found: dict[date, list[DayRates]] = {day: [] for day in _days(first, last)}
    for stored in exchange_rates.read_days(first, last):
        if stored.source in order:  # another version of this code may have more sources
            found[stored.day].append(DayRates(stored.day, stored.source, stored.rates))
    for day, rates in found.items():
        _known[day] = (now + KNOWN_FOR_S, tuple(sorted(rates, key=lambda one: order[one.source])))


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
