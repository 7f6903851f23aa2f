"""Portfolios as the tables of docs/holdings.md."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.fakes.portfolios import snapshot
from tidings import providers
from tidings.api.portfolio_types import AccountTotal, HoldingRow, PortfolioData
from tidings.holdings import FetchedHoldings
from tidings.model import Access, ProviderName
from tidings.portfolio import accounts, merge

_ROW = ("ticker", "name", "type", "quantity", "price", "value", "cost_basis", "currency")
_ACCOUNT = ("name", "type", "institution_total", "residual", "currency")


def merged(provider: ProviderName, source_id: str, fetched: FetchedHoldings) -> PortfolioData:
    """One source's holdings as the answer shows them."""
    taken = snapshot(provider, source_id, holdings=fetched.holdings, accounts=fetched.accounts)
    return merge.merge_holdings(accounts.deduplicate([replace(taken, institution=fetched.institution)]), "USD")


def fetched_from(provider: ProviderName, app: Mapping[str, str], made: Mapping[str, Any]) -> FetchedHoldings:
    """The source that a simulator has just made."""
    if provider == "plaid":
        access, source_id = Access(app, made["item_id"], made["access_token"]), made["item_id"]
    else:
        access, source_id = Access(app, made["user_id"], made["user_secret"]), made["connection_id"]
    return providers.holdings_reader(provider).fetch(access, source_id, time.monotonic() + 10)


def tables(shown: PortfolioData) -> str:
    """Rows by ticker, accounts by name: the simulators' ids are made anew each time."""
    rows = sorted(shown["holdings"], key=lambda row: (row["ticker"] or row["name"] or "", row["currency"]))
    held = sorted(shown["accounts"], key=lambda account: account["name"] or "")
    return "\n".join([*_table(_ROW, rows), "", *_table(_ACCOUNT, held)])


def _table(columns: Sequence[str], rows: Sequence[HoldingRow] | Sequence[AccountTotal]) -> Iterator[str]:
    yield _line(columns)
    yield _line(["---"] * len(columns))
    values: Sequence[Mapping[str, Any]] = rows
    for row in values:
        yield _line([_cell(row[column]) for column in columns])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "null" if value is None else str(value)
