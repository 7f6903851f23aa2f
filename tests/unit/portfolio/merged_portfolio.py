"""Merge snapshots into one portfolio, and shares of one instrument to merge."""

from dataclasses import replace
from decimal import Decimal

from tests.support.fakes.portfolios import holding, snapshot
from tidings.api.portfolio_types import PortfolioData
from tidings.holdings import Holding, Snapshot
from tidings.portfolio import accounts, merge


def merge_snapshots(*snapshots: Snapshot) -> PortfolioData:
    return merge.merge_holdings(accounts.deduplicate(snapshots), "USD")


def plaid(held: list[Holding], source_id: str = "item") -> Snapshot:
    return snapshot("plaid", source_id, holdings=[replace(row, source_id=source_id) for row in held])


APPLE = replace(holding(isin="US0378331005"), name=None)
OLDER_PRICE = replace(APPLE, price=Decimal(1), price_as_of="2030-01-01")
NEWER_PRICE = replace(APPLE, price=Decimal(2), price_as_of="2030-01-02")
