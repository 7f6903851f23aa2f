"""Exchange rates for tests, and the check that a response's converted total can be repeated from its text alone."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from tidings.exchange_rates.rates import DayRates, RateBook

MINOR_DIGITS = {"JPY": 0, "KRW": 0, "ISK": 0, "KWD": 3}
_WIDE = Context(prec=400, rounding=ROUND_HALF_EVEN)


def day_rates(day: str, **per_euro: str) -> DayRates:
    return DayRates(date.fromisoformat(day), "ecb", per_euro)


def book(**days: Mapping[str, str]) -> RateBook:
    """Return a book; `d2026_04_02={"USD": "1.08"}` names a day."""
    return RateBook(day_rates(name[1:].replace("_", "-"), **rates) for name, rates in days.items())


def check_converted_total(text: str) -> bool:
    """Repeat the converted total of a holdings response from its JSON text. Returns whether the response has one."""
    body = json.loads(text, parse_float=Decimal, parse_int=Decimal) if '"portfolio_data"' in text else None
    if body is None:
        return False
    data = body["holdings"]["portfolio_data"]
    check_total(data["converted_total"], data["totals_by_currency"])
    return True


def check_total(total: Mapping[str, Any], totals_by_currency: Mapping[str, Decimal]) -> None:
    """Check that the value is the sum of amount times rate, and that no amount is lost or added."""
    parts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in _amounts(total):
        parts[currency] = _WIDE.add(parts[currency], amount)
    assert dict(parts) == dict(totals_by_currency)
    assert total["partial"] == any(total["unconverted"].values())
    keys = [(entry["from"], entry["date"]) for entry in total["rates"]]
    assert len(set(keys)) == len(keys), "one entry per currency and date"
    if total["value"] is None:
        assert total["reason"]
        return
    assert total["reason"] is None
    value = Decimal(0)
    for entry in total["rates"]:
        value = _WIDE.add(value, _WIDE.multiply(entry["amount"], entry["rate"]))
    digits = MINOR_DIGITS.get(total["currency"], 2)
    assert total["value"] == value.quantize(Decimal(1).scaleb(-digits), context=_WIDE)


def _amounts(total: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    yield from total["unconverted"].items()
    for entry in total["rates"]:
        assert entry["to"] == total["currency"]
        yield entry["from"], entry["amount"]
