"""The same security is one row, whichever provider reports it and whatever identifiers it has."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

from tidings.model import Holding, Option
from tidings.portfolio.securities import SecurityMatcher

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


def count_distinct(*holdings: Holding) -> int:
    identities = SecurityMatcher(holdings)
    return len({identities.identity(holding) for holding in holdings})


def test_partial_identifiers_match_in_any_order() -> None:
    for order in permutations([FULL, BY_TICKER, BY_CUSIP]):
        assert count_distinct(*order) == 1


def test_cusip_identifies_without_isin() -> None:
    assert count_distinct(replace(FULL, isin=None), BY_TICKER) == 1


def test_other_currency_or_exchange_is_other_row() -> None:
    assert count_distinct(FULL, replace(FULL, currency="CAD")) == 2
    assert count_distinct(BY_TICKER, replace(BY_TICKER, exchange="XTSE")) == 2


def test_ticker_of_two_isins_matches_neither() -> None:
    other = replace(FULL, isin="US0000000000", cusip=None)
    assert count_distinct(replace(FULL, cusip=None), other, BY_TICKER) == 3


def test_same_option_contract_is_one_row() -> None:
    contract = Option("AAPL", "call", Decimal(300), "2028-01-21", Decimal(1), Decimal(100))
    left = replace(FULL, option=contract)
    right = replace(BY_TICKER, ticker="AAPL  280121C00300000", option=replace(contract, strike=Decimal("300.00")))
    assert count_distinct(left, right) == 1


def test_cash_is_one_row_per_currency() -> None:
    cash = replace(FULL, ticker="CUR:USD", isin=None, cusip=None, is_cash=True)
    assert (
        count_distinct(cash, replace(cash, provider="snaptrade"), replace(cash, ticker="CUR:CAD", currency="CAD")) == 2
    )


def test_missing_exchange_matches_single_named_one() -> None:
    unplaced = replace(FULL, exchange=None)
    assert count_distinct(unplaced, BY_TICKER) == 1
    assert count_distinct(replace(BY_TICKER, exchange=None), BY_TICKER) == 1
    assert count_distinct(replace(BY_TICKER, exchange=None), BY_TICKER, replace(BY_TICKER, exchange="XTSE")) == 3
