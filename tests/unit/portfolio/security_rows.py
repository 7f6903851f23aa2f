"""Rows of one security, with different identifiers."""

from dataclasses import replace
from decimal import Decimal

from tidings.holdings import Holding

FULL = Holding(
    ticker="AAPL",
    name="Apple Inc.",
    type="equity",
    quantity=Decimal(1),
    price=Decimal(200),
    price_as_of=None,
    value=Decimal(200),
    cost_basis=None,
    currency="USD",
    account_id="a",
    account_name=None,
    institution=None,
    provider="plaid",
    source_id="i",
    exchange="XNAS",
    isin="US0378331005",
    cusip="037833100",
)
BY_TICKER = replace(FULL, isin=None, cusip=None, provider="snaptrade", source_id="c")
BY_CUSIP = replace(FULL, isin=None, ticker=None, exchange=None)
