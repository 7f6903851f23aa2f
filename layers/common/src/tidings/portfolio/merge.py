"""Merge accounts into one portfolio: one row per security and currency. Currencies are never added together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from tidings import clock
from tidings.api.response_types import HoldingRow, OptionContract, PortfolioData, Position, RowValuation
from tidings.decimals import sum_if_all_known, sum_known
from tidings.model import Holding, Option, Valuation
from tidings.portfolio import accounts
from tidings.portfolio.accounts import DeduplicatedAccounts
from tidings.portfolio.securities import SecurityIdentity, SecurityMatcher

_Share = tuple[Holding, int]
"""A holding, and the time of its data in ms."""


def merge_holdings(deduplicated: DeduplicatedAccounts, main_currency: str) -> PortfolioData:
    """Merge the accounts. The portfolio's total is in the main currency, or in the most frequent one without it."""
    held = [(holding, account.snapshot.fetch_began_at) for account in deduplicated.kept for holding in account.holdings]
    matcher = SecurityMatcher(holding for holding, _ in held)
    shares: dict[SecurityIdentity, list[_Share]] = {}
    for share in held:
        shares.setdefault(matcher.identity(share[0]), []).append(share)
    rows = [_row(of_security) for of_security in shares.values()]
    totals = _totals(rows)
    return {
        "holdings": rows,
        "total_portfolio_value": totals.get(_total_currency(rows, totals, main_currency), Decimal(0)),
        "totals_by_currency": totals,
        "accounts": accounts.account_totals(deduplicated),
        "statement_date": _statement_date(deduplicated),
        "account_type": "investment",
    }


def _row(shares: Sequence[_Share]) -> HoldingRow:
    is_only_share = len(shares) == 1
    newest = shares[0][0] if is_only_share else max(shares, key=lambda share: (share[0].price_as_of or "", share[1]))[0]
    return {
        "ticker": newest.ticker,
        "name": newest.name,
        "type": newest.type,
        "quantity": newest.quantity if is_only_share else sum_if_all_known(holding.quantity for holding, _ in shares),
        "price": newest.price,
        "price_as_of": newest.price_as_of,
        "value": newest.value if is_only_share else sum_if_all_known(holding.value for holding, _ in shares),
        "cost_basis": newest.cost_basis
        if is_only_share
        else sum_if_all_known(holding.cost_basis for holding, _ in shares),
        "currency": newest.currency,
        "account_id": newest.account_id,
        "account_name": newest.account_name,
        "institution": newest.institution,
        "provider": newest.provider,
        "source_id": newest.source_id,
        "exchange": newest.exchange,
        "isin": newest.isin,
        "cusip": newest.cusip,
        "is_cash": newest.is_cash,
        "option": _option(newest.option, shares),
        "raw_symbol": newest.raw_symbol,
        "maturity": newest.maturity,
        "coupon": newest.coupon,
        "multiplier": newest.multiplier,
        "unvested_quantity": _sum_of_known(holding.unvested_quantity for holding, _ in shares),
        "unvested_value": _sum_of_known(holding.unvested_value for holding, _ in shares),
        "valuation": _valuation(newest.valuation),
        "sources": [_position(holding, as_of) for holding, as_of in shares],
    }


def _option(option: Option | None, shares: Sequence[_Share]) -> OptionContract | None:
    if option is None:
        return None
    contracts = sum_if_all_known(holding.option.contracts for holding, _ in shares if holding.option)
    terms: OptionContract = {**asdict(option), "contracts": contracts}  # type: ignore[typeddict-item]
    return terms


def _sum_of_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum_known(known) if known else None


def _valuation(valuation: Valuation | None) -> RowValuation | None:
    if valuation is None:
        return None
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
    return {currency: sum_known(amounts) for currency, amounts in values.items()}


def _total_currency(rows: Sequence[HoldingRow], totals: dict[str, Decimal], main_currency: str) -> str:
    if main_currency in totals or not rows:
        return main_currency
    return Counter(row["currency"] for row in rows).most_common(1)[0][0]


def _statement_date(deduplicated: DeduplicatedAccounts) -> str | None:
    """Return the date of the oldest data in UTC: a total is no newer than its oldest part."""
    oldest = min((account.snapshot.fetch_began_at for account in deduplicated.kept), default=None)
    return None if oldest is None else datetime.fromtimestamp(oldest / 1000, UTC).date().isoformat()
