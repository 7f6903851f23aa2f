"""The same security is one row, whichever provider reports it and whatever identifiers it has."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from tests.unit.portfolio.security_rows import BY_CUSIP, BY_TICKER, FULL
from tidings.holdings import Holding, Option
from tidings.portfolio.securities import SecurityMatcher


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
    assert count_distinct(cash, replace(cash, currency="CAD")) == 2
    assert count_distinct(cash, replace(cash, exchange=None), replace(cash, isin="US0378331005")) == 1


def test_missing_exchange_matches_single_named_one() -> None:
    unplaced = replace(FULL, exchange=None)
    assert count_distinct(unplaced, BY_TICKER) == 1
    assert count_distinct(replace(BY_TICKER, exchange=None), BY_TICKER) == 1
    assert count_distinct(replace(BY_TICKER, exchange=None), BY_TICKER, replace(BY_TICKER, exchange="XTSE")) == 3


def coin(ticker: str = "BTC", **known: str | None) -> Holding:
    return replace(BY_TICKER, type="crypto", ticker=ticker, exchange=known.get("exchange"), isin=known.get("isin"))


def test_coin_is_never_share_of_same_ticker() -> None:
    for ticker in ("BTC", "ETH", "DASH", "COMP", "LINK"):
        share = replace(BY_TICKER, ticker=ticker, exchange=None)
        assert count_distinct(coin(ticker), share) == 2
        assert count_distinct(coin(ticker), replace(share, exchange="ARCX", isin="US0000000000")) == 2


def test_coin_at_two_exchanges_is_one_row() -> None:
    assert count_distinct(coin(), coin("BTC-USD"), coin(exchange="COINBASE")) == 1
    assert count_distinct(coin(), replace(coin(), currency="EUR")) == 2


def test_identifier_of_coin_does_not_reach_share() -> None:
    share = replace(BY_TICKER, ticker="BTC", exchange=None)
    assert count_distinct(coin(isin="US0000000000"), share, replace(share, isin="US1111111111")) == 2


def test_derivative_is_never_its_underlying() -> None:
    contract = replace(BY_TICKER, type="derivative")
    assert count_distinct(contract, BY_TICKER) == 2
    september = replace(contract, maturity="2026-09-18")
    assert count_distinct(september, replace(contract, maturity="2026-12-18")) == 2
    assert count_distinct(replace(september, multiplier=Decimal(50)), replace(september, multiplier=Decimal(5))) == 2
    assert count_distinct(september, replace(september, provider="plaid", source_id="i")) == 1


def test_option_roots_tell_contracts_apart() -> None:
    weekly = Option("SPX", "call", Decimal(6000), "2026-12-18", Decimal(1), Decimal(100), root="SPXW")
    standard = replace(weekly, root="SPX")
    assert count_distinct(replace(FULL, option=weekly), replace(FULL, option=standard)) == 2
    assert count_distinct(replace(FULL, option=replace(standard, root=None)), replace(FULL, option=standard)) == 1
    adjusted = replace(weekly, underlying="AAPL", root="AAPL1")
    assert count_distinct(replace(FULL, option=adjusted), replace(FULL, option=replace(adjusted, root="AAPL"))) == 2
    mini = replace(standard, multiplier=Decimal(10))
    assert count_distinct(replace(FULL, option=mini), replace(FULL, option=standard)) == 2
    class_b = replace(weekly, underlying="BRK.B", root="BRKB")
    assert count_distinct(replace(FULL, option=class_b), replace(FULL, option=replace(class_b, root=None))) == 1


def test_bonds_of_one_ticker_need_maturity_and_coupon() -> None:
    bond = replace(BY_TICKER, type="fixed_income", ticker="T", exchange=None, security_id="one")
    other = replace(bond, provider="plaid", source_id="i", security_id="two")
    assert count_distinct(bond, other) == 2
    known = {"maturity": "2033-11-15", "coupon": Decimal("4.50")}
    assert count_distinct(replace(bond, **known), replace(other, **known)) == 1  # type: ignore[arg-type]
    assert count_distinct(
        replace(bond, **known),  # type: ignore[arg-type]
        replace(other, maturity="2034-11-15", coupon=Decimal("4.5")),
    ) == 2  # fmt: skip


def test_isin_contains_american_cusip() -> None:
    assert count_distinct(replace(FULL, cusip=None, ticker=None), BY_CUSIP) == 1


def test_isin_without_cusip_reaches_row_with_same_ticker() -> None:
    german = replace(FULL, ticker="SAP", isin="DE0007164600", cusip=None, exchange="XETR", currency="EUR")
    for order in permutations([german, replace(german, isin=None)]):
        assert count_distinct(*order) == 1


def test_cusip_matches_where_isins_disagree() -> None:
    german, dutch = (replace(FULL, isin=isin, cusip=None, ticker="SAP") for isin in ("DE0007164600", "NL0000000000"))
    by_cusip = replace(FULL, isin=None, cusip="803054204", ticker="SAP")
    assert count_distinct(german, dutch, by_cusip, replace(by_cusip, cusip=None)) == 3


GERMAN = replace(FULL, ticker="SAP", isin="DE0007164600", cusip=None)


@pytest.mark.parametrize(
    ("identified", "other"),
    [
        (GERMAN, BY_TICKER),
        (GERMAN, BY_CUSIP),
        (FULL, replace(BY_CUSIP, cusip="594918104")),
        (
            replace(GERMAN, type="fixed_income"),
            replace(BY_TICKER, type="fixed_income", ticker="T", security_id="s"),
        ),
        (replace(GERMAN, type="fixed_income"), replace(BY_CUSIP, type="fixed_income")),
    ],
)
def test_isin_reaches_no_row_without_common_identifier(identified: Holding, other: Holding) -> None:
    assert count_distinct(identified, other) == count_distinct(other, identified) == 2


def test_isin_reaches_row_by_ticker_though_nobody_knows_its_cusip() -> None:
    assert count_distinct(GERMAN, replace(BY_CUSIP, ticker="SAP", exchange="XNAS")) == 1


def test_cusip_of_bond_is_in_its_isin() -> None:
    assert count_distinct(replace(FULL, type="fixed_income"), replace(BY_CUSIP, type="fixed_income")) == 1


@pytest.mark.parametrize(
    "stranger",
    [
        {"option": Option("SAP", "call", Decimal(300), "2028-01-21", Decimal(1), Decimal(100))},
        {"is_cash": True},
        {"type": "crypto"},
        {"type": "derivative"},
        {"type": "option"},
    ],
)
def test_identifier_of_other_instrument_with_same_ticker_is_not_taken(stranger: dict[str, Any]) -> None:
    other = replace(GERMAN, isin="DE0000000000", **stranger)
    for order in permutations([GERMAN, replace(GERMAN, isin=None), other]):
        assert count_distinct(*order) == 2


def test_identifiers_agree_within_currency() -> None:
    canadian = replace(FULL, isin="CA0378331005", currency="CAD", ticker=None)
    by_cusip = replace(BY_CUSIP, currency="CAD")
    for order in permutations([FULL, canadian, by_cusip]):
        assert count_distinct(*order) == 2


def test_cusip_is_stronger_than_ticker() -> None:
    by_both = replace(BY_CUSIP, ticker="SAP", exchange="XNYS")
    other = replace(by_both, isin="DE0007164600", cusip=None)
    for order in permutations([FULL, by_both, other]):
        identities = SecurityMatcher(order)
        assert identities.identity(by_both) == identities.identity(FULL) != identities.identity(other)


def test_security_id_is_last_resort_within_provider() -> None:
    fund = replace(FULL, ticker=None, isin=None, cusip=None, exchange=None, security_id="s1")
    elsewhere = replace(fund, source_id="other", account_id="b", name="Another name")
    assert count_distinct(fund, elsewhere) == 1
    assert count_distinct(fund, replace(elsewhere, security_id="s2")) == 2
    assert count_distinct(fund, replace(fund, provider="snaptrade")) == 2


def test_suffix_exchange_code_and_share_class_do_not_split() -> None:
    canadian = replace(BY_TICKER, ticker="SHOP", exchange="XTSE", currency="CAD")
    suffixed = replace(canadian, ticker="SHOP.TO", raw_symbol="SHOP", exchange="TSX", provider="plaid")
    assert count_distinct(canadian, suffixed, replace(suffixed, exchange=None), replace(canadian, exchange=None)) == 1
    berkshire = replace(BY_TICKER, ticker="BRK.B", exchange="XNYS")
    assert count_distinct(berkshire, replace(berkshire, ticker="BRK-B", raw_symbol="BRK.B", exchange="NYSE")) == 1
    hedged = replace(BY_TICKER, ticker="ZAAA.F", exchange=None, currency="CAD")
    assert count_distinct(hedged, replace(hedged, ticker="ZAAA")) == 2


def test_share_at_two_american_exchanges_is_one_row() -> None:
    assert count_distinct(BY_TICKER, replace(BY_TICKER, exchange="ARCX"), replace(BY_TICKER, exchange=None)) == 1


def test_ticker_with_old_and_new_cusip_stays_two() -> None:
    merged = replace(FULL, isin=None, cusip="00000L107")
    assert count_distinct(merged, replace(merged, cusip="00000E103")) == 2
