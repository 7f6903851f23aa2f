"""Extend the recorded portfolio by what few portfolios have, so that the layout is checked with all of it at once."""

from copy import deepcopy
from typing import Any

Json = dict[str, Any]
_RATE = 0.72474358
_DAYS = (1, 2, 3, 5, 6, 7, 9)
"""Two days are missing: the line over time has gaps."""
_VALUATION = {"reading": "per_unit", "by": "convention", "detail": "The price is per unit."}


def extend(body: Json) -> None:
    """Add an option, fractions, a currency without decimals, and the converted total to a response with holdings."""
    data = body["holdings"]["portfolio_data"]
    template = data["holdings"][0]
    option = {"underlying": "AAPL", "kind": "call", "strike": 300, "expiry": "2028-01-21", "contracts": 6}
    data["holdings"] += [
        _row(template, "AAPL280121C00300000", 600, 21.35, option=option | {"multiplier": 100, "root": "AAPL"}),
        _row(template, "VTI", 102.123456, 289.17),
        _row(template, "PENNY", 12_345.5, 0.0123),
        _row(template, "7203.T", 43_000, 2_871, currency="JPY"),
        _row(template, "COIN", 0.12345678, 67_123.4, valuation=_VALUATION),
    ]
    totals: dict[str, float] = {}
    for holding in data["holdings"]:
        totals[holding["currency"]] = totals.get(holding["currency"], 0) + holding["value"]
    data |= {"totals_by_currency": totals, "converted_total": _convert(totals, "2026-11-24")}


def _row(template: Json, ticker: str, quantity: float, price: float, **fields: object) -> Json:
    value = quantity * price
    row = deepcopy(template) | {"ticker": ticker, "name": f"{ticker} Corporation", "quantity": quantity, **fields}
    row |= {"price": price, "value": value, "cost_basis": value * 0.8}
    row["sources"] = [source | {"quantity": quantity, "value": value} for source in row["sources"][:1]]
    return row


def _convert(totals: dict[str, float], day: str) -> Json:
    rates = [_rate(currency, amount, day) for currency, amount in totals.items() if currency != "JPY"]
    value = sum(rate["amount"] * rate["rate"] for rate in rates)
    unconverted = {currency: amount for currency, amount in totals.items() if currency == "JPY"}
    state = {"unconverted": unconverted, "partial": bool(unconverted), "stale": True, "reason": None}
    return {"currency": "USD", "value": value, "rates": rates, **state}


def _rate(currency: str, amount: float, day: str) -> Json:
    if currency == "USD":
        return {"from": "USD", "to": "USD", "amount": amount, "rate": 1, "date": None, "source": None, "legs": []}
    rate = {"from": currency, "to": "USD", "amount": amount, "rate": _RATE, "date": day, "source": "ecb"}
    return rate | {"legs": [{"currency": name, "per_euro": 1.5, "source": "ecb"} for name in (currency, "USD")]}


def history(connections: list[Json]) -> Json:
    """Tell of several days, of the connections' first ones, and of one that is gone."""
    days = [f"2026-11-{day:02}" for day in _DAYS]
    totals = {day: {"CAD": 9_700.0 + 10 * number, "USD": 49_000 + number**3} for number, day in enumerate(days)}
    points = [
        {"date": day, "totals_by_currency": amounts, "converted_total": _convert(amounts, day)}
        | {"as_of": [f"{day}T10:00:00Z"], "complete": day != days[1]}
        for day, amounts in totals.items()
    ]
    events = [_event(one, "added", days[number]) for number, one in enumerate(connections)]
    return {
        "sources": [{name: one[name] for name in ("provider", "source_id")} for one in connections],
        "points": points,
        "events": [*events, _event({"provider": "plaid", "source_id": "gone"}, "removed", days[-1])],
    }


def _event(connection: Json, kind: str, day: str) -> Json:
    return {"kind": kind, "at": f"{day}T10:00:00Z"} | {name: connection[name] for name in ("provider", "source_id")}


def changes(body: Json) -> list[Json]:
    """List changes of each kind in the rows of a response with holdings."""
    kinds = (("added", None, 6.5), ("quantity_changed", 10, 12_345.678), ("removed", 3, None))
    return [
        {"change": kind, "quantity_before": before, "quantity_after": after}
        | {name: holding[name] for name in ("provider", "source_id", "account_id", "ticker", "name", "currency")}
        for (kind, before, after), holding in zip(kinds, body["holdings"]["portfolio_data"]["holdings"], strict=False)
    ]


def change_sets(body: Json) -> Json:
    """Tell of one update with these changes."""
    rows = changes(body)
    source = {name: rows[0][name] for name in ("provider", "source_id")}
    counts = {"added": 1, "quantity_changed": 1, "removed": 1}
    return {"changes": [{"at": "2026-11-24T13:38:11.258Z", **source, **counts, "rows": rows}]}
