"""Find the reference rate of a day, and derive cross rates from it. Pure: docs/currencies.md has the rules.

A rate is never invented: a currency without a rate has none, whatever its name.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

from tidings.currencies import ONE, major_unit
from tidings.decimals import ZERO, add_product

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
    """The rates of some days. `days` is in the order of preference; `unavailable` says why there are none.

    A history asks for thousands of rates, so each is derived once, and days are found by number.
    """

    def __init__(self, days: Iterable[DayRates], unavailable: str | None = None) -> None:
        self.unavailable = unavailable
        self._days: dict[int, list[DayRates]] = {}
        self._pairs: dict[tuple[str, str], _Pair] = {}
        for rates in days:
            self._days.setdefault(rates.day.toordinal(), []).append(rates)

    def find_rate(self, from_code: str, to_code: str, on: date) -> CrossRate | None:
        """Return the rate of that day, else of the last earlier day that has both legs; None if all are too old."""
        pair = self._pairs.get((from_code, to_code))
        if pair is None:
            pair = self._pairs[from_code, to_code] = _Pair(from_code, to_code)
        if pair.undated is not None:
            return pair.undated
        last, known = on.toordinal(), pair.dated
        for day in range(last, last - MISSING_AFTER_DAYS - 1, -1):
            if day in self._days:
                found = known[day] if day in known else pair.derive(day, self._days[day])
                if found is not None:
                    return found._replace(is_stale=True) if last - day > STALE_AFTER_DAYS else found
        return None


class _Pair:
    """Two currencies. `undated`: the rate that no day changes, if there is one; `dated`: known ones by day."""

    def __init__(self, from_code: str, to_code: str) -> None:
        self._from, self._factor = major_unit(from_code)
        self._to = to_code
        self._fixed_from, self._fixed_to = _FIXED_LEGS.get(self._from), _FIXED_LEGS.get(to_code)
        self.dated: dict[int, CrossRate | None] = {}
        self.undated: CrossRate | None = None
        if self._from == to_code:
            self.undated = CrossRate(self._factor)
        elif self._fixed_from and self._fixed_to:
            self.undated = _cross_rate(self._fixed_from, self._fixed_to, self._factor, None, FIXED)

    def derive(self, day: int, published: Iterable[DayRates]) -> CrossRate | None:
        """Derive the day's rate from the first source that has both legs."""
        found = None
        for rates in published:
            from_leg, to_leg = self._fixed_from or _leg(self._from, rates), self._fixed_to or _leg(self._to, rates)
            if from_leg and to_leg:
                found = _cross_rate(from_leg, to_leg, self._factor, rates.day, rates.source)
                break
        self.dated[day] = found
        return found


def candidate_days(on: date) -> tuple[date, date]:
    """Return the first and the last day whose rates can count for a date."""
    return on - timedelta(days=MISSING_AFTER_DAYS), on


def _leg(currency: str, published: DayRates) -> Leg | None:
    text = published.per_euro.get(currency)
    return Leg(currency, Decimal(text), published.source) if text else None


def _cross_rate(from_leg: Leg, to_leg: Leg, factor: Decimal, day: date | None, source: str) -> CrossRate:
    """Divide the legs, and round once. The euro's own leg is no evidence, so it is left out."""
    per_euro = add_product(ZERO, to_leg.per_euro, factor)
    legs = (from_leg,) if to_leg.currency == EURO else (to_leg,) if from_leg.currency == EURO else (from_leg, to_leg)
    return CrossRate(_RATE.divide(per_euro, from_leg.per_euro), day, source, legs)
