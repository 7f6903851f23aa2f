"""Merge accounts into one portfolio: one row per instrument and currency. Currencies are never added together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise
from operator import attrgetter
from typing import Any, cast

from tidings import clock
from tidings.api.portfolio_types import HoldingRow, OptionContract, PortfolioData, Position, RowValuation
from tidings.decimals import ZERO, sum_if_all_known, sum_if_any_known, sum_known
from tidings.holdings import Holding, Option, Valuation
from tidings.portfolio import accounts
from tidings.portfolio.accounts import DeduplicatedAccounts
from tidings.portfolio.securities import UNIDENTIFIED, SecurityIdentity, SecurityMatcher

_Share = tuple[Holding, int]
"""A holding, and the time of its data in ms."""


def merge_holdings(deduplicated: DeduplicatedAccounts, main_currency: str) -> PortfolioData:
    """Merge the accounts. The portfolio's total is in the main currency, or in the most frequent one without it."""
    held = [(holding, account.as_of) for account, holding in deduplicated.counted_holdings()]
    rows = [_row(shares) for shares in _group_by_instrument(held)]
    totals = _totals(rows)
    return {
        "holdings": rows,
        "total_portfolio_value": totals.get(_total_currency(rows, totals, main_currency), ZERO),
        "totals_by_currency": totals,
        "accounts": accounts.account_totals(deduplicated),
        "statement_date": _statement_date(deduplicated),
        "account_type": "investment",
    }


def _group_by_instrument(held: Sequence[_Share]) -> Iterable[list[_Share]]:
    """Group the rows of each instrument. A row that nobody can identify stays by itself."""
    matcher = SecurityMatcher(holding for holding, _ in held)
    shares: dict[SecurityIdentity, list[_Share]] = {}
    for number, share in enumerate(held):
        identity = matcher.identity(share[0])
        shares.setdefault(identity if identity[0] != UNIDENTIFIED else (*identity, str(number)), []).append(share)
    return shares.values()


def _row(shares: Sequence[_Share]) -> HoldingRow:
    return _single_row(*shares[0]) if len(shares) == 1 else _merged_row(shares)


def _single_row(holding: Holding, as_of: int) -> HoldingRow:
    return {
        "ticker": holding.ticker,
        "name": holding.name,
        "type": holding.type,
        "quantity": holding.quantity,
        "price": holding.price,
        "price_as_of": holding.price_as_of,
        "value": holding.value,
        "cost_basis": holding.cost_basis,
        "currency": holding.currency,
        "account_id": holding.account_id,
        "account_name": holding.account_name,
        "institution": holding.institution,
        "provider": holding.provider,
        "source_id": holding.source_id,
        "exchange": holding.exchange,
        "isin": holding.isin,
        "cusip": holding.cusip,
        "is_cash": holding.is_cash,
        "option": None if holding.option is None else _option(holding.option),
        "raw_symbol": holding.raw_symbol,
        "maturity": holding.maturity,
        "coupon": holding.coupon,
        "multiplier": holding.multiplier,
        "unvested_quantity": holding.unvested_quantity,
        "unvested_value": holding.unvested_value,
        "valuation": None if holding.valuation is None else _valuation(holding.valuation),
        "sources": [_position(holding, as_of)],
    }


def _merged_row(shares: Sequence[_Share]) -> HoldingRow:
    """Sum the shares. Everything else is the newest share's, or the newest known: their order does not matter."""
    ordered = _in_stable_order(shares)
    newest_first = [holding for holding, _ in sorted(ordered, key=_newness, reverse=True)]
    row = _single_row(newest_first[0], 0)
    _fill_in_descriptions(row, newest_first)
    row["quantity"] = sum_if_all_known(holding.quantity for holding in newest_first)
    row["value"] = sum_if_all_known(holding.value for holding in newest_first)
    row["cost_basis"] = sum_if_all_known(holding.cost_basis for holding in newest_first)
    row["unvested_quantity"] = sum_if_any_known(holding.unvested_quantity for holding in newest_first)
    row["unvested_value"] = sum_if_any_known(holding.unvested_value for holding in newest_first)
    row["option"] = _merged_option([holding.option for holding in newest_first if holding.option is not None])
    row["sources"] = [_position(*share) for share in ordered]
    return row


def _in_stable_order(shares: Sequence[_Share]) -> Sequence[_Share]:
    """Order the lots of an account by their content. The accounts are in order already."""
    if not any(_is_same_account(one, other) for (one, _), (other, _) in pairwise(shares)):
        return shares
    return sorted(shares, key=_share_order)


def _is_same_account(one: Holding, other: Holding) -> bool:
    return (one.account_id, one.source_id, one.provider) == (other.account_id, other.source_id, other.provider)


def _share_order(share: _Share) -> tuple[str, ...]:
    holding, _ = share
    return holding.provider, holding.source_id, holding.account_id, str(_content(holding))


def _newness(share: _Share) -> tuple[bool, str, int]:
    """Order by: a known price, the price's date, the time of the data."""
    holding, as_of = share
    return holding.price is not None, holding.price_as_of or "", as_of


def _fill_in_descriptions(row: HoldingRow, newest_first: Sequence[Holding]) -> None:
    """Describe the row by what the newest share knows, and complete that by what older ones know."""
    known = cast(dict[str, Any], row)
    for name, *values in zip(_DESCRIPTIONS, *map(_descriptions, newest_first), strict=True):
        known[name] = next((value for value in values if value is not None), None)
    row["type"] = next((holding.type for holding in newest_first if holding.type != "other"), "other")
    row["valuation"] = next((_valuation(one.valuation) for one in newest_first if one.valuation is not None), None)


_DESCRIPTIONS = ("ticker", "name", "exchange", "isin", "cusip", "raw_symbol", "maturity", "coupon", "multiplier")
_descriptions = attrgetter(*_DESCRIPTIONS)
_content = attrgetter(
    "quantity", "value", "cost_basis", "price", "price_as_of", "type", "account_name", "institution", "security_id",
    "unvested_quantity", "unvested_value", "valuation", "option", *_DESCRIPTIONS,
)  # fmt: skip


def _merged_option(options: Sequence[Option]) -> OptionContract | None:
    """Return the terms with the sum of the contracts, and the root if a share knows it."""
    if not options:
        return None
    terms = _option(options[0])
    terms["contracts"] = sum_if_all_known(option.contracts for option in options)
    terms["root"] = next((option.root for option in options if option.root is not None), None)
    return terms


def _option(option: Option) -> OptionContract:
    return {
        "underlying": option.underlying,
        "kind": option.kind,
        "strike": option.strike,
        "expiry": option.expiry,
        "contracts": option.contracts,
        "multiplier": option.multiplier,
        "root": option.root,
    }


def _valuation(valuation: Valuation) -> RowValuation:
    return {"reading": valuation.reading, "by": valuation.by, "detail": valuation.detail}


def _position(holding: Holding, as_of: int) -> Position:
    return {
        "provider": holding.provider,
        "source_id": holding.source_id,
        "account_id": holding.account_id,
        "account_name": holding.account_name,
        "institution": holding.institution,
        "quantity": holding.quantity,
        "value": holding.value,
        "cost_basis": holding.cost_basis,
        "as_of": clock.iso(as_of),
    }


def _totals(rows: Sequence[HoldingRow]) -> dict[str, Decimal]:
    values: dict[str, list[Decimal | None]] = {}
    for row in rows:
        values.setdefault(row["currency"], []).extend(share["value"] for share in row["sources"])
    return {currency: sum_known(values[currency]) for currency in sorted(values)}


def _total_currency(rows: Sequence[HoldingRow], totals: dict[str, Decimal], main_currency: str) -> str:
    if main_currency in totals or not rows:
        return main_currency
    counts = Counter(row["currency"] for row in rows)
    return max(sorted(counts), key=lambda currency: counts[currency])


def _statement_date(deduplicated: DeduplicatedAccounts) -> str | None:
    """Return the date of the oldest data in UTC: a total is no newer than its oldest part."""
    oldest = min((account.as_of for account in deduplicated.kept), default=None)
    return None if oldest is None else clock.utc_date(oldest).isoformat()
