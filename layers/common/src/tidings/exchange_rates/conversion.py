"""Convert dated amounts to one currency, with the evidence that lets a reader repeat the sum (docs/currencies.md)."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

from tidings.api.response_types import AppliedRate, ConvertedTotal
from tidings.currencies import minor_digits
from tidings.decimals import product, sum_known
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


def convert(amounts: Iterable[DatedAmount], to: str, book: RateBook) -> ConvertedTotal:
    """Convert each amount by its own date's rate, and add. An amount without a rate stays in `unconverted`.

    The value is null, with a reason, if nothing could be converted that has to be.
    """
    rates, left, is_stale = _apply_rates(amounts, to, book)
    unconverted = {currency: sum_known(left[currency]) for currency in sorted(left)}
    is_partial = any(unconverted.values())
    reason = _reason(to, book, has_rates=bool(rates)) if is_partial else None
    return {
        "currency": to,
        "value": None if reason else _total(rates, to),
        "rates": rates,
        "unconverted": unconverted,
        "stale": is_stale,
        "partial": is_partial,
        "reason": reason,
    }


def _apply_rates(
    amounts: Iterable[DatedAmount], to: str, book: RateBook
) -> tuple[list[AppliedRate], dict[str, list[Decimal]], bool]:
    applied: dict[tuple[str, str], tuple[CrossRate, list[Decimal]]] = {}
    left: dict[str, list[Decimal]] = {}
    is_stale = False
    for currency, on, amount in amounts:
        rate = book.find_rate(currency, to, on)
        if rate is None:
            left.setdefault(currency, []).append(amount)
            continue
        is_stale = is_stale or rate.is_stale
        key = (currency, rate.day.isoformat() if rate.day else "")
        applied.setdefault(key, (rate, []))[1].append(amount)
    entries = [_entry(key[0], to, *applied[key]) for key in sorted(applied)]
    return entries, left, is_stale


def _entry(currency: str, to: str, rate: CrossRate, amounts: list[Decimal]) -> AppliedRate:
    return {
        "from": currency,
        "to": to,
        "amount": sum_known(amounts),
        "rate": rate.rate,
        "date": rate.day.isoformat() if rate.day else None,
        "source": rate.source,
        "legs": [{"currency": leg.currency, "per_euro": leg.per_euro, "source": leg.source} for leg in rate.legs],
    }


def _total(rates: Iterable[AppliedRate], to: str) -> Decimal:
    exact = sum_known(product(entry["amount"], entry["rate"]) for entry in rates)
    return exact.quantize(Decimal(1).scaleb(-minor_digits(to)), context=_TOTAL)


def _reason(to: str, book: RateBook, *, has_rates: bool) -> str | None:
    """Return why there is no total, or None if a part of it is known."""
    if book.unavailable:
        return book.unavailable
    if to not in KNOWN_CODES:
        return CURRENCY_WITHOUT_RATES
    return None if has_rates else NO_RATES
