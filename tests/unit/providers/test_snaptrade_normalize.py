"""SnapTrade's positions as ours: options by the contract, decimals exact."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.providers.snaptrade_answers import FUTURE, OPTION, STOCK, SnapTrade, account, balance, position
from tidings.holdings import Account, FetchedHoldings, Holding, Option


def test_snaptrade_position_maps_every_field(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position()])
    row = Holding(
        ticker="SHOP.TO",
        name="Shopify Inc.",
        type="equity",
        quantity=Decimal("10.5"),
        price=Decimal("148.75"),
        price_as_of="2026-02-19",
        value=Decimal("1561.875"),
        cost_basis=Decimal("970.20"),
        currency="CAD",
        account_id="acc-1",
        account_name="Margin",
        institution="Questrade",
        provider="snaptrade",
        source_id="conn-1",
        exchange="XTSE",
        raw_symbol="SHOP",
    )
    summary = Account("acc-1", "Margin", "MARGIN", "8443", Decimal("4911.25"), "USD")
    assert snaptrade.fetch() == FetchedHoldings((row,), (summary,), "Questrade", "2026-02-11 10:00:00+00:00")


def test_decimal_strings_stay_exact(snaptrade: SnapTrade) -> None:
    snaptrade.positions(
        [position(units="0.1", price="0.3"), position(units="123456789.123456789", price="0.000000001")]
    )
    assert [row.value for row in snaptrade.rows()] == [Decimal("0.03"), Decimal("0.123456789123456789")]


def test_snaptrade_nullable_fields_may_be_null(snaptrade: SnapTrade) -> None:
    nothing = dict.fromkeys(["units", "price", "cost_basis", "currency", "cash_equivalent"])
    snaptrade.positions([position({"kind": None}, **nothing)])
    snaptrade.balances([balance("USD", None), {"currency": None, "cash": None}])
    (row,) = snaptrade.rows()
    assert (row.ticker, row.type, row.quantity, row.price, row.value) == (None, "other", None, None, None)
    assert (row.cost_basis, row.currency, row.price_as_of) == (None, "XXX", None)


@pytest.mark.parametrize(
    ("kind", "read"),
    [("adr", "equity"), ("etf", "etf"), ("mutualfund", "mutual_fund"), ("crypto", "crypto"), ("bond", "fixed_income"),
     ("cef", "closed_end_fund"), ("future", "derivative"), ("cfd", "derivative"), ("tokenized", "crypto"),
     ("tokenized_asset", "crypto"),
     ("other", "other"), (None, "other"), (7, "other")],
)  # fmt: skip
def test_instrument_kind_maps_to_type(snaptrade: SnapTrade, kind: object, read: str) -> None:
    snaptrade.positions([position(STOCK | {"kind": kind})])
    assert snaptrade.rows()[0].type == read


@pytest.mark.parametrize(
    "instrument",
    [
        OPTION,
        {"kind": "option", "symbol": "AAPL  280121P00300000"},
        OPTION | {"symbol": "unreadable", "multiplier": None},
    ],
    ids=["all fields", "the symbol alone", "the fields alone"],
)
def test_snaptrade_option_is_normalized(snaptrade: SnapTrade, instrument: dict[str, Any]) -> None:
    snaptrade.positions([position(instrument, units="-2", price="21.35", cost_basis="18.05", currency="USD")])
    (row,) = snaptrade.rows()
    root = None if instrument.get("symbol") == "unreadable" else "AAPL"
    assert row.option == Option("AAPL", "put", Decimal(300), "2028-01-21", Decimal(-2), Decimal(100), root)
    assert (row.quantity, row.value, row.cost_basis) == (Decimal(-200), Decimal(-4270), Decimal(-3610))
    assert (row.ticker, row.type, row.exchange) == ("AAPL280121P00300000", "option", None)


def test_option_without_currency_has_its_underlyings(snaptrade: SnapTrade) -> None:
    underlying = {"symbol": "AAPL", "raw_symbol": "AAPL", "currency": "USD"}
    snaptrade.positions([position(OPTION | {"underlying": underlying}, currency=None)])
    assert snaptrade.rows()[0].currency == "USD"


@pytest.mark.parametrize(
    ("stated", "instrument", "underlying", "currency"),
    [("USD", "CAD", "EUR", "USD"), (None, "CAD", "EUR", "CAD"), (None, None, "EUR", "EUR"), (None, None, None, "XXX")],
)
@pytest.mark.parametrize("kind", ["option", "stock"])
def test_currency_is_positions_then_instruments_then_underlyings(
    snaptrade: SnapTrade, kind: str, stated: str | None, instrument: str | None, underlying: str | None, currency: str
) -> None:
    named = OPTION | {"kind": kind, "currency": instrument, "underlying": {"symbol": "AAPL", "currency": underlying}}
    snaptrade.positions([position(named, currency=stated)])
    assert snaptrade.rows()[0].currency == currency


def test_ticker_is_raw_symbol_if_there_is_no_other(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(STOCK | {"symbol": None})])
    assert snaptrade.rows()[0].ticker == "SHOP"


def test_price_that_is_unknown_has_no_date(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(price=None)])
    (row,) = snaptrade.rows()
    assert (row.price, row.price_as_of, row.value, row.cost_basis) == (None, None, None, Decimal("970.20"))


def test_only_future_has_contract_terms(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(FUTURE | {"kind": kind}) for kind in ("cfd", "stock")])
    assert [(row.maturity, row.multiplier) for row in snaptrade.rows()] == [(None, None), (None, None)]


def test_mini_option_uses_its_multiplier(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(OPTION | {"multiplier": "10"}, units="1", price="2", cost_basis="3")])
    (row,) = snaptrade.rows()
    assert (row.quantity, row.value, row.cost_basis) == (Decimal(10), Decimal(20), Decimal(30))


def test_snaptrade_option_with_unknown_terms_is_shown(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position({"kind": "option", "symbol": "?"}, units="2", price="3")])
    (row,) = snaptrade.rows()
    assert (row.type, row.option, row.quantity, row.ticker) == ("option", None, Decimal(2), "?")


@pytest.mark.parametrize("kind", ["future", "cfd"])
def test_contract_settled_in_cash_is_worth_nothing_more(snaptrade: SnapTrade, kind: str) -> None:
    snaptrade.positions([position(FUTURE | {"kind": kind}, units="2", price="5500.25", currency="USD")])
    (row,) = snaptrade.rows()
    assert (row.type, row.quantity, row.price, row.value, row.cost_basis) == (
        "derivative",
        Decimal(2),
        Decimal("5500.25"),
        None,
        None,
    )


def test_future_keeps_its_contract(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(FUTURE)])
    (row,) = snaptrade.rows()
    assert (row.maturity, row.multiplier, row.exchange) == ("2026-12-18", Decimal(50), "XCME")


@pytest.mark.parametrize(("multiplier", "value"), [("50", Decimal(625)), (None, None), ("0", None)])
@pytest.mark.parametrize("terms", [{}, {"option_type": "CALL", "strike_price": "5600"}], ids=["no terms", "terms"])
def test_option_on_a_future_is_valued_by_its_multiplier(
    snaptrade: SnapTrade, terms: dict[str, str], multiplier: str | None, value: Decimal | None
) -> None:
    instrument = FUTURE | {"kind": "future_option", "symbol": "EW4X6 C5600", "multiplier": multiplier} | terms
    snaptrade.positions([position(instrument, units="1", price="12.50", cost_basis="10", currency="USD")])
    (row,) = snaptrade.rows()
    assert (row.type, row.ticker, row.value) == ("option", "EW4X6 C5600", value)


@pytest.mark.parametrize("code", ["GBX", "GBp"])
def test_pence_are_pounds(snaptrade: SnapTrade, code: str) -> None:
    total = {"total": {"amount": Decimal(462000), "currency": code}}
    snaptrade.list_accounts(account(balance=total))
    snaptrade.positions([position(units="1000", price="412", cost_basis="250", currency=code)])
    snaptrade.balances([balance(code, "30000"), balance("GBP", "200")])
    fetched = snaptrade.fetch()
    share, cash = fetched.holdings
    assert (share.currency, share.price, share.value, share.cost_basis) == (
        "GBP",
        Decimal("4.12"),
        Decimal(4120),
        Decimal(2500),
    )
    assert (cash.ticker, cash.value) == ("CUR:GBP", Decimal(500)), "one row for each currency"
    assert (fetched.accounts[0].institution_total, fetched.accounts[0].currency) == (Decimal(4620), "GBP")


def test_total_tells_units_in_shares(snaptrade: SnapTrade) -> None:
    total = {"total": {"amount": Decimal(4270), "currency": "USD"}}
    snaptrade.list_accounts(account(balance=total))
    snaptrade.positions([position(OPTION, units="200", price="21.35", cost_basis="18.05", currency="USD")])
    (row,) = snaptrade.rows()
    assert row.option is not None
    assert (row.option.contracts, row.quantity, row.value) == (Decimal(2), Decimal(200), Decimal(4270))
    assert row.valuation is not None
    assert (row.valuation.reading, row.valuation.by) == ("shares", "total")


def test_total_summed_without_multiplier_does_not_make_contracts_shares(snaptrade: SnapTrade) -> None:
    total = {"total": {"amount": Decimal("42.70"), "currency": "USD"}}
    snaptrade.list_accounts(account(balance=total))
    snaptrade.positions([position(OPTION, units="2", price="21.35", currency="USD")])
    (row,) = snaptrade.rows()
    assert (row.value, row.valuation) == (Decimal(4270), None)


def test_bond_may_be_priced_per_100_with_its_cost(snaptrade: SnapTrade) -> None:
    total = {"total": {"amount": Decimal(985), "currency": "USD"}}
    snaptrade.list_accounts(account(balance=total))
    bond = STOCK | {"kind": "bond", "symbol": None, "raw_symbol": "T 4.5", "currency": "USD"}
    snaptrade.positions([position(bond, units="1000", price="98.50", cost_basis="97", currency="USD")])
    (row,) = snaptrade.rows()
    assert (row.type, row.ticker, row.value, row.cost_basis) == ("fixed_income", "T 4.5", Decimal(985), Decimal(970))


def test_instruments_id_is_kept(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(STOCK | {"id": "7d1c0d3e"})])
    assert snaptrade.rows()[0].security_id == "7d1c0d3e"
