"""The merged view: one row per security and currency, each with its sources. Currencies are never added together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from tidings import clock
from tidings.api.response_types import HoldingRow, OptionContract, PortfolioData, Position
from tidings.decimals import exact_sum, sum_if_all_known
from tidings.model import Holding, Option
from tidings.portfolio import accounts
from tidings.portfolio.accounts import DeduplicatedAccounts
from tidings.portfolio.securities import SecurityIdentity, SecurityMatcher

_Share = tuple[Holding, int]
"""A holding and the instant that it is as of."""


def merge_holdings(counted: DeduplicatedAccounts, main_currency: str) -> PortfolioData:
    """The accounts as one portfolio. Its total is that of the main currency, or else of the one with most rows."""
    held = [(holding, one.snapshot.fetch_began_at) for one in counted.kept for holding in one.holdings]
    identities = SecurityMatcher(holding for holding, _ in held)
    shares: dict[SecurityIdentity, list[_Share]] = {}
    for share in held:
        shares.setdefault(identities.of(share[0]), []).append(share)
    rows = [_row(of_one) for of_one in shares.values()]
    totals = _totals(rows)
    return {
        "holdings": rows,
        "total_portfolio_value": totals.get(_shown_currency(rows, totals, main_currency), Decimal(0)),
        "totals_by_currency": totals,
        "accounts": accounts.account_totals(counted),
        "statement_date": _statement_date(counted),
        "account_type": "investment",
    }


def _row(shares: Sequence[_Share]) -> HoldingRow:
    alone = len(shares) == 1
    newest = shares[0][0] if alone else max(shares, key=lambda share: (share[0].price_as_of or "", share[1]))[0]
    return {
        "ticker": newest.ticker,
        "name": newest.name,
        "type": newest.type,
        "quantity": newest.quantity if alone else sum_if_all_known(holding.quantity for holding, _ in shares),
        "price": newest.price,
        "price_as_of": newest.price_as_of,
        "value": newest.value if alone else exact_sum(holding.value for holding, _ in shares),
        "cost_basis": newest.cost_basis if alone else exact_sum(holding.cost_basis for holding, _ in shares),
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
        "sources": [_position(holding, as_of) for holding, as_of in shares],
    }


def _option(option: Option | None, shares: Sequence[_Share]) -> OptionContract | None:
    if option is None:
        return None
    contracts = sum_if_all_known(holding.option.contracts for holding, _ in shares if holding.option)
    terms: OptionContract = {**asdict(option), "contracts": contracts}  # type: ignore[typeddict-item]
    return terms


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
    return {currency: sum_if_all_known(of_one) for currency, of_one in values.items()}


def _shown_currency(rows: Sequence[HoldingRow], totals: dict[str, Decimal], main_currency: str) -> str:
    if main_currency in totals or not rows:
        return main_currency
    return Counter(row["currency"] for row in rows).most_common(1)[0][0]


def _statement_date(counted: DeduplicatedAccounts) -> str | None:
    """The date of the oldest data shown, in UTC: a total is no newer than its oldest part."""
    oldest = min((held.snapshot.fetch_began_at for held in counted.kept), default=None)
    return None if oldest is None else datetime.fromtimestamp(oldest / 1000, UTC).date().isoformat()
