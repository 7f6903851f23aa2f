"""Find the reference rate of a day, and derive cross rates from it. Pure: docs/currencies.md has the rules.

A rate is never invented: a currency without a rate has none, whatever its name.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

from tidings.currencies import ONE, major_unit

EURO = "EUR"
FIXED = "fixed"
"""The source of a rate that law has fixed."""

FIXED_RATES = {"BGN": "1.95583", "HRK": "7.53450"}
"""Units for 1 EUR of currencies that the euro replaced, which some accounts still name."""

STALE_AFTER_DAYS = 5
"""Thursday to Tuesday, over Easter, is 5 days."""
MISSING_AFTER_DAYS = 7

_RATE = Context(prec=12, rounding=ROUND_HALF_EVEN)
"""A cross rate has 12 significant digits."""
_EXACT = Context(prec=100)


class DayRates(NamedTuple):
    """The rates that a source published for one day. `per_euro`: units of each currency for 1 EUR, verbatim."""

    day: date
    source: str
    per_euro: Mapping[str, str]


class Leg(NamedTuple):
    """A rate as its source states it: units of the currency for 1 EUR."""

    currency: str
    per_euro: Decimal
    source: str


_FIXED_LEGS = {
    EURO: Leg(EURO, ONE, FIXED),
    **{currency: Leg(currency, Decimal(text), FIXED) for currency, text in FIXED_RATES.items()},
}


class CrossRate(NamedTuple):
    """The rate from one currency to another, with its evidence.

    `day` and `source` are None if the currencies are the same; `day` is also None if law fixed the rate.
    """

    rate: Decimal
    day: date | None = None
    source: str | None = None
    legs: tuple[Leg, ...] = ()
    is_stale: bool = False


class RateBook:
    """The rates of some days. `days` is in the order of preference; `unavailable` says why there are none."""

    def __init__(self, days: Iterable[DayRates], unavailable: str | None = None) -> None:
        self.unavailable = unavailable
        self._days: dict[date, list[DayRates]] = {}
        self._found: dict[tuple[str, str, date], CrossRate | None] = {}
        for rates in days:
            self._days.setdefault(rates.day, []).append(rates)

    def find_rate(self, from_code: str, to_code: str, on: date) -> CrossRate | None:
        """Return the rate of that day, else of the last earlier day that has both legs; None if all are too old."""
        key = (from_code, to_code, on)
        if key not in self._found:
            self._found[key] = self._search(*key)
        return self._found[key]

    def _search(self, from_code: str, to_code: str, on: date) -> CrossRate | None:
        currency, factor = major_unit(from_code)
        if currency == to_code:
            return CrossRate(factor)
        fixed = _fixed_legs(currency, to_code)
        if fixed is not None:
            return _cross_rate(fixed, factor, None, FIXED)
        for age in range(MISSING_AFTER_DAYS + 1):
            day = on - timedelta(days=age)
            for published in self._days.get(day, ()):
                legs = _legs(currency, to_code, published)
                if legs is not None:
                    found = _cross_rate(legs, factor, day, published.source)
                    return found._replace(is_stale=True) if age > STALE_AFTER_DAYS else found
        return None


def candidate_days(on: date) -> tuple[date, date]:
    """Return the first and the last day whose rates can count for a date."""
    return on - timedelta(days=MISSING_AFTER_DAYS), on


def _fixed_legs(from_code: str, to_code: str) -> tuple[Leg, Leg] | None:
    from_leg, to_leg = _fixed_leg(from_code), _fixed_leg(to_code)
    return (from_leg, to_leg) if from_leg and to_leg else None


def _fixed_leg(currency: str) -> Leg | None:
    return _FIXED_LEGS.get(currency)


def _legs(from_code: str, to_code: str, published: DayRates) -> tuple[Leg, Leg] | None:
    from_leg, to_leg = _leg(from_code, published), _leg(to_code, published)
    return (from_leg, to_leg) if from_leg and to_leg else None


def _leg(currency: str, published: DayRates) -> Leg | None:
    fixed = _fixed_leg(currency)
    if fixed:
        return fixed
    text = published.per_euro.get(currency)
    return Leg(currency, Decimal(text), published.source) if text else None


def _cross_rate(legs: tuple[Leg, Leg], factor: Decimal, day: date | None, source: str) -> CrossRate:
    """Divide the legs, and round once. The euro's own leg is no evidence, so it is left out."""
    from_leg, to_leg = legs
    rate = _RATE.divide(_EXACT.multiply(to_leg.per_euro, factor), from_leg.per_euro)
    return CrossRate(rate, day, source, tuple(leg for leg in legs if leg.currency != EURO))
