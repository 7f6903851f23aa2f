"""Convert dated amounts to one currency, with the evidence that lets a reader repeat the sum (docs/currencies.md)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

from tidings.api.portfolio_types import AppliedRate, ConvertedTotal
from tidings.currencies import ONE, minor_digits
from tidings.decimals import ZERO, add, add_product
from tidings.exchange_rates.rates import CrossRate, RateBook
from tidings.exchange_rates.sources import KNOWN_CODES

CURRENCY_WITHOUT_RATES = "currency_without_rates"
NO_RATES = "no_rates"

_TOTAL = Context(prec=400, rounding=ROUND_HALF_EVEN)
"""Long enough that only the last step rounds."""


class DatedAmount(NamedTuple):
    """An amount of a currency, and the UTC date of its data."""

    currency: str
    on: date
    amount: Decimal


class UsedRate:
    """A rate that converts amounts of a currency. `day` is "" without a date."""

    __slots__ = ("currency", "day", "found")

    def __init__(self, currency: str, found: CrossRate) -> None:
        self.currency = currency
        self.found = found
        self.day = found.day.isoformat() if found.day else ""


class Converted(NamedTuple):
    """A total and its evidence. `rates`: each with its amount, sorted by currency and day."""

    value: Decimal | None
    rates: Sequence[tuple[UsedRate, Decimal]]
    unconverted: Mapping[str, Decimal]
    is_stale: bool
    is_partial: bool
    reason: str | None


class Conversion:
    """Converts to one currency, many totals with the same rates. Each rate's evidence is built once."""

    def __init__(self, to: str, book: RateBook) -> None:
        self.to = to
        self._book = book
        self._used: dict[tuple[str, date | None], UsedRate] = {}
        self._unit = ONE.scaleb(-minor_digits(to))

    def convert(self, amounts: Iterable[DatedAmount]) -> Converted:
        """Convert each amount by its own date's rate, and add. An amount without a rate is left unconverted.

        The value is None, with a reason, if nothing could be converted that has to be.
        """
        rates: dict[tuple[str, str], tuple[UsedRate, Decimal]] = {}
        left: dict[str, Decimal] = {}
        is_stale = False
        for currency, on, amount in amounts:
            found = self._book.find_rate(currency, self.to, on)
            if found is None:
                left[currency] = add(left[currency], amount) if currency in left else amount
                continue
            is_stale = is_stale or found.is_stale
            used = self._used.get((currency, found.day)) or self._use(currency, found)
            place = (currency, used.day)
            rates[place] = (used, add(rates[place][1], amount) if place in rates else amount)
        entries = [rates[place] for place in sorted(rates)]
        unconverted = {currency: left[currency] for currency in sorted(left)}
        is_partial = any(left.values())
        reason = _reason(self.to, self._book, has_rates=bool(rates)) if is_partial else None
        return Converted(None if reason else self._total(entries), entries, unconverted, is_stale, is_partial, reason)

    def _use(self, currency: str, found: CrossRate) -> UsedRate:
        used = self._used[currency, found.day] = UsedRate(currency, found)
        return used

    def _total(self, entries: Iterable[tuple[UsedRate, Decimal]]) -> Decimal:
        total = ZERO
        for used, amount in entries:
            total = add_product(total, amount, used.found.rate)
        return total.quantize(self._unit, context=_TOTAL)


def convert(amounts: Iterable[DatedAmount], to: str, book: RateBook) -> ConvertedTotal:
    """Convert as `Conversion` does, for one response."""
    found = Conversion(to, book).convert(amounts)
    return {
        "currency": to,
        "value": found.value,
        "rates": [_entry(used, to, amount) for used, amount in found.rates],
        "unconverted": dict(found.unconverted),
        "stale": found.is_stale,
        "partial": found.is_partial,
        "reason": found.reason,
    }


def _entry(used: UsedRate, to: str, amount: Decimal) -> AppliedRate:
    rate = used.found
    return {
        "from": used.currency,
        "to": to,
        "amount": amount,
        "rate": rate.rate,
        "date": used.day or None,
        "source": rate.source,
        "legs": [{"currency": leg.currency, "per_euro": leg.per_euro, "source": leg.source} for leg in rate.legs],
    }


def _reason(to: str, book: RateBook, *, has_rates: bool) -> str | None:
    """Return why there is no total, or None if a part of it is known."""
    if book.unavailable:
        return book.unavailable
    if to not in KNOWN_CODES:
        return CURRENCY_WITHOUT_RATES
    return None if has_rates else NO_RATES
