"""SnapTrade's positions and balances as ours: cash counted once, options by the contract, decimals exact."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tidings.errors import (
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderNotReady,
    ReconnectRequired,
    UnusableResponse,
)
from tidings.holdings import Account, FetchedHoldings, Holding, Option
from tidings.http.client import HttpResponse
from tidings.model import Access, DiscoveredSource, StatusChange
from tidings.providers.snaptrade import client, holdings

ACCESS = Access({"client_id": "c", "consumer_key": "k"}, "user-1", "user-secret")
STOCK: dict[str, Any] = {
    "kind": "stock",
    "symbol": "SHOP.TO",
    "raw_symbol": "SHOP",
    "description": "Shopify Inc.",
    "currency": "CAD",
    "exchange": "XTSE",
}
OPTION: dict[str, Any] = {
    "kind": "option",
    "symbol": "AAPL  280121P00300000",
    "option_type": "PUT",
    "strike_price": "300",
    "expiration_date": "2028-01-21",
    "multiplier": "100",
    "description": "AAPL Jan 21 2028 300 PUT",
    "underlying": {"kind": "stock", "symbol": "AAPL", "raw_symbol": "AAPL"},
}


def position(instrument: Mapping[str, Any] = STOCK, **fields: object) -> dict[str, Any]:
    return {
        "instrument": instrument,
        "units": "10.5",
        "price": "148.75",
        "cost_basis": "92.4",
        "currency": "CAD",
    } | fields


def balance(currency: str, cash: str | None) -> dict[str, Any]:
    return {"currency": {"id": "x", "code": currency}, "cash": None if cash is None else Decimal(cash)}


def account(number: int = 1, **fields: object) -> dict[str, Any]:
    sync = {"initial_sync_completed": True, "last_successful_sync": f"2026-02-1{number} 10:00:00+00:00"}
    return {
        "id": f"acc-{number}",
        "brokerage_authorization": "conn-1",
        "name": "Margin",
        "number": "Q6542138443",
        "institution_name": "Questrade",
        "raw_type": "MARGIN",
        "account_category": "INVESTMENT",
        "balance": {"total": {"amount": Decimal("4911.25"), "currency": "USD"}},
        "sync_status": {"holdings": sync},
    } | fields


class SnapTrade:
    """Answers by path; an error to raise, or JSON."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"/authorizations/conn-1/accounts": [account()]}
        self.positions([])
        self.balances([])
        self.requests: list[str] = []

    def positions(self, results: object, number: int = 1) -> None:
        freshness = {"as_of": "2026-02-19T14:30:00Z"}
        self.answers[f"/accounts/acc-{number}/positions/all"] = {"results": results, "data_freshness": freshness}

    def balances(self, entries: object, number: int = 1) -> None:
        self.answers[f"/accounts/acc-{number}/balances"] = entries

    def call_user(self, _access: Access, method: str, path: str, _deadline: float) -> Any:  # noqa: ANN401
        assert method == "GET"
        self.requests.append(path)
        found = self.answers[path]
        if isinstance(found, Exception):
            raise found
        return found

    def fetch(self) -> FetchedHoldings:
        return holdings.fetch(ACCESS, "conn-1", 0.0)

    def rows(self) -> list[Holding]:
        return list(self.fetch().holdings)


@pytest.fixture
def snaptrade(monkeypatch: pytest.MonkeyPatch) -> SnapTrade:
    fake = SnapTrade()
    monkeypatch.setattr(client, "call_user", fake.call_user)
    return fake


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


def test_money_market_fund_is_counted_once(snaptrade: SnapTrade) -> None:
    fund = STOCK | {"kind": "mutualfund", "symbol": "VMFXX", "currency": "USD"}
    held = position(fund, units="1500", price="1", cost_basis="1", currency="USD", cash_equivalent=True)
    snaptrade.positions([held, position()])
    snaptrade.balances([balance("USD", "2350.25"), balance("CAD", "410.1")])
    cash = {row.currency: row for row in snaptrade.rows() if row.is_cash}
    assert (cash["USD"].ticker, cash["USD"].quantity, cash["USD"].value) == (
        "CUR:USD",
        Decimal("850.25"),
        Decimal("850.25"),
    )
    assert (cash["CAD"].ticker, cash["CAD"].price) == ("CUR:CAD", Decimal(1))
    usd = sum(row.value for row in snaptrade.rows() if row.currency == "USD" and row.value)
    assert usd == Decimal("2350.25")


def test_cash_held_in_fund_has_no_row_and_debt_keeps_sign(snaptrade: SnapTrade) -> None:
    fund = position(units="1500", price="1", currency="USD", cash_equivalent=True)
    snaptrade.positions([fund])
    snaptrade.balances([balance("USD", "1500.00"), balance("CAD", "-20.5"), balance("EUR", "0")])
    assert {row.currency: row.value for row in snaptrade.rows() if row.is_cash} == {"CAD": Decimal("-20.5")}


def test_unknown_cash_is_not_nothing_from_which_a_fund_is_subtracted(snaptrade: SnapTrade) -> None:
    """Cash of 0 beside the fund could be a debit, as the total says. Of unknown cash nothing is said."""
    total = {"total": {"amount": Decimal(100), "currency": "USD"}}
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(balance=total)]
    fund = position(units="1500", price="1", currency="USD", cash_equivalent=True)
    snaptrade.positions([fund, position(units="1", price="100", currency="USD")])
    for cash, values in ((None, [1500, 100]), ("0", [1500, 100, -1500])):
        snaptrade.balances([balance("USD", cash)])
        assert [row.value for row in snaptrade.rows()] == [Decimal(value) for value in values]


def test_fund_without_price_stays_in_cash(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(price=None, currency="USD", cash_equivalent=True)])
    snaptrade.balances([balance("USD", "100")])
    assert [row.value for row in snaptrade.rows()] == [None, Decimal(100)]


@pytest.mark.parametrize("written", ["USD", {"code": "USD"}])
def test_balance_currency_may_be_code_or_object(snaptrade: SnapTrade, written: object) -> None:
    snaptrade.balances([{"currency": written, "cash": 5}])
    assert snaptrade.rows()[0].ticker == "CUR:USD"


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


@pytest.mark.parametrize(
    ("codes", "rows"),
    [
        (["USD"], [("CUR:USD", "cash", True, "USD", 5)]),
        (["USD", "CAD", "USD"], [("CUR:USD", "cash", True, "USD", 10), ("CUR:CAD", "cash", True, "CAD", 5)]),
        ([None], [("CUR:XXX", "cash", True, "XXX", 5)]),
        (["CNH"], [("CNH", "other", False, "CNH", 5)]),
        (["BTC", "BTC"], [("BTC", "crypto", False, "BTC", 10)]),
    ],
)
def test_cash_has_one_row_for_each_currency(
    snaptrade: SnapTrade, codes: list[str | None], rows: list[tuple[object, ...]]
) -> None:
    snaptrade.balances([{"currency": code, "cash": 5} for code in codes])
    found = snaptrade.rows()
    assert [(row.ticker, row.type, row.is_cash, row.currency, row.value) for row in found] == rows
    assert all((row.quantity, row.price_as_of) == (row.value, "2026-02-19") for row in found)
    assert {row.price for row in found} == {Decimal(1)}
    assert {(row.account_id, row.account_name, row.institution, row.provider, row.source_id) for row in found} == {
        ("acc-1", "Margin", "Questrade", "snaptrade", "conn-1")
    }
    assert all((row.name, row.cost_basis) == (None, None) for row in found)


@pytest.mark.parametrize("code", ["USD", "BTC", None])
def test_nothing_of_a_currency_has_no_row(snaptrade: SnapTrade, code: str | None) -> None:
    snaptrade.balances([{"currency": code, "cash": 0}, {"currency": code, "cash": None}])
    assert snaptrade.rows() == []


def test_mini_option_uses_its_multiplier(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(OPTION | {"multiplier": "10"}, units="1", price="2", cost_basis="3")])
    (row,) = snaptrade.rows()
    assert (row.quantity, row.value, row.cost_basis) == (Decimal(10), Decimal(20), Decimal(30))


def test_snaptrade_option_with_unknown_terms_is_shown(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position({"kind": "option", "symbol": "?"}, units="2", price="3")])
    (row,) = snaptrade.rows()
    assert (row.type, row.option, row.quantity, row.ticker) == ("option", None, Decimal(2), "?")


FUTURE: dict[str, Any] = {
    "kind": "future",
    "symbol": "ESZ6",
    "root_symbol": "ES",
    "expiration_date": "2026-12-18",
    "multiplier": "50",
    "currency": "USD",
    "exchange": "XCME",
}


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
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(balance=total)]
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


def test_balance_of_a_coin_is_an_asset(snaptrade: SnapTrade) -> None:
    snaptrade.balances([balance("BTC", "0.5"), balance("DOGE", "0")])
    (row,) = snaptrade.rows()
    assert (row.ticker, row.type, row.is_cash, row.quantity, row.currency) == (
        "BTC",
        "crypto",
        False,
        Decimal("0.5"),
        "BTC",
    )


def test_total_tells_units_in_shares(snaptrade: SnapTrade) -> None:
    total = {"total": {"amount": Decimal(4270), "currency": "USD"}}
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(balance=total)]
    snaptrade.positions([position(OPTION, units="200", price="21.35", cost_basis="18.05", currency="USD")])
    (row,) = snaptrade.rows()
    assert row.option is not None
    assert (row.option.contracts, row.quantity, row.value) == (Decimal(2), Decimal(200), Decimal(4270))
    assert row.valuation is not None
    assert (row.valuation.reading, row.valuation.by) == ("shares", "total")


def test_total_summed_without_multiplier_does_not_make_contracts_shares(snaptrade: SnapTrade) -> None:
    total = {"total": {"amount": Decimal("42.70"), "currency": "USD"}}
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(balance=total)]
    snaptrade.positions([position(OPTION, units="2", price="21.35", currency="USD")])
    (row,) = snaptrade.rows()
    assert (row.value, row.valuation) == (Decimal(4270), None)


def test_account_keeps_its_status_and_paper_mark(snaptrade: SnapTrade) -> None:
    paper = account(2, is_paper=True, institution_account_id="77")
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(1, status="archived"), paper]
    snaptrade.positions([], 2)
    snaptrade.balances([], 2)
    first, second = snaptrade.fetch().accounts
    assert (first.status, first.is_paper, second.is_paper) == ("archived", False, True)
    assert second.institution_account_id == "77"


def refusal(status: int, code: str | None = "1011") -> ProviderError:
    body = {"detail": "Not found", "code": code} if code else None
    return client.error_from_response(HttpResponse(status, {}, body), for_user=True)


@pytest.mark.parametrize("part", ["positions/all", "balances"])
@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_account_that_is_refused_for_good_cannot_be_read(snaptrade: SnapTrade, part: str, status: int) -> None:
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(1), account(2, status="closed")]
    snaptrade.positions([position()])
    snaptrade.positions([], 2)
    snaptrade.balances([], 2)
    snaptrade.answers[f"/accounts/acc-2/{part}"] = refusal(status)
    fetched = snaptrade.fetch()
    assert [row.account_id for row in fetched.holdings] == ["acc-1"]
    assert [summary.readable for summary in fetched.accounts] == [True, False]
    assert fetched.accounts[1].institution_total == Decimal("4911.25")


@pytest.mark.parametrize(("status", "code"), [(500, "1000"), (429, "0000"), (425, "3012"), (404, None), (403, None)])
def test_passing_error_of_one_account_fails_the_source(snaptrade: SnapTrade, status: int, code: str | None) -> None:
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(1), account(2)]
    snaptrade.balances([], 2)
    snaptrade.answers["/accounts/acc-2/positions/all"] = refusal(status, code)
    with pytest.raises(ProviderError):
        snaptrade.fetch()


def test_connection_whose_only_account_is_closed_is_read(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(status="closed")]
    snaptrade.answers["/accounts/acc-1/positions/all"] = refusal(404)
    fetched = snaptrade.fetch()
    assert (fetched.holdings, fetched.accounts[0].readable) == ((), False)


def test_connection_of_which_every_account_is_refused_fails(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/accounts/acc-1/positions/all"] = refusal(404)
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


@pytest.mark.parametrize(
    "odd", [{"instrument": None, "units": "1"}, position(price=""), position(price="N/A"), position(units="1,234")]
)
def test_one_odd_position_is_dropped_and_counted(snaptrade: SnapTrade, odd: dict[str, Any]) -> None:
    snaptrade.positions([position(), odd])
    fetched = snaptrade.fetch()
    assert len(fetched.holdings) == 1
    assert fetched.accounts[0].dropped_rows == 1


def test_unreadable_cost_is_unknown(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(cost_basis="N/A")])
    (row,) = snaptrade.rows()
    assert (row.cost_basis, row.value) == (None, Decimal("1561.875"))


def test_unreadable_balance_and_total_are_unknown(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(balance={"total": {"amount": "?"}})]
    snaptrade.positions([position()])
    snaptrade.balances([{"currency": "USD", "cash": "lots"}])
    (summary,) = snaptrade.fetch().accounts
    assert (summary.institution_total, summary.dropped_rows) == (None, 1)


def test_all_accounts_are_fetched_and_newest_stamp_kept(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(number) for number in (1, 3, 2)]
    for number in (1, 2, 3):
        snaptrade.positions([position()], number)
        snaptrade.balances([balance("USD", "1")], number)
    fetched = snaptrade.fetch()
    assert [row.account_id for row in fetched.holdings] == ["acc-1", "acc-1", "acc-3", "acc-3", "acc-2", "acc-2"]
    assert fetched.provider_stamp == "2026-02-13 10:00:00+00:00"


def test_failed_account_fails_source(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(1), account(2)]
    snaptrade.positions([position()])
    snaptrade.balances([], 2)
    for failure in (ReconnectRequired("connection_disabled"), ProviderNotReady()):
        snaptrade.answers["/accounts/acc-2/positions/all"] = failure
        with pytest.raises(type(failure)):
            snaptrade.fetch()


@pytest.mark.parametrize("path", ["/authorizations/conn-1/accounts", "/accounts/acc-1/positions/all"])
def test_nested_404_does_not_mean_connection_gone(snaptrade: SnapTrade, path: str) -> None:
    snaptrade.answers[path] = ItemGone()
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


def sync(**fields: object) -> dict[str, Any]:
    return {"sync_status": {"holdings": fields}}


def test_truly_empty_snaptrade_account_is_accepted(snaptrade: SnapTrade) -> None:
    assert snaptrade.rows() == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (sync(initial_sync_completed=False), ProviderNotReady),
        (sync(initial_sync_completed=None), UnusableResponse),
        ({"sync_status": None}, UnusableResponse),
        (sync(initial_sync_completed=True, holdings_unavailable=True), NotOffered),
    ],
)
def test_incomplete_empty_response_is_rejected(
    snaptrade: SnapTrade, fields: dict[str, Any], error: type[Exception]
) -> None:
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(**fields)]
    with pytest.raises(error):
        snaptrade.fetch()


@pytest.mark.parametrize("last_sync", [None, "2026-02-11 10:00:00"])
def test_unreadable_account_is_listed_with_total(snaptrade: SnapTrade, last_sync: str | None) -> None:
    """SnapTrade's own description: the fields of its sync may still reflect an earlier one."""
    never = sync(initial_sync_completed=True, holdings_unavailable=True, last_successful_sync=last_sync)
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(1), account(2, **never)]
    snaptrade.positions([position()])
    fetched = snaptrade.fetch()
    assert {row.account_id for row in fetched.holdings} == {"acc-1"}
    assert [(summary.account_id, summary.readable) for summary in fetched.accounts] == [
        ("acc-1", True),
        ("acc-2", False),
    ]


def test_snaptrade_bank_accounts_are_excluded(snaptrade: SnapTrade) -> None:
    bank, credit = account(2, account_category="DEPOSIT"), account(3, account_category="LOC")
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(1, account_category=None), bank, credit]
    snaptrade.positions([position()])
    assert [summary.account_id for summary in snaptrade.fetch().accounts] == ["acc-1"]
    snaptrade.answers["/authorizations/conn-1/accounts"] = [bank, credit]
    with pytest.raises(NotOffered):
        snaptrade.fetch()


@pytest.mark.parametrize("answer", [[], None, {}, "x", [{"name": "no id"}]])
def test_unusable_account_list_is_rejected(snaptrade: SnapTrade, answer: object) -> None:
    snaptrade.answers["/authorizations/conn-1/accounts"] = answer
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/accounts/acc-1/positions/all", {"data_freshness": {}}),
        ("/accounts/acc-1/positions/all", {"results": None}),
        ("/accounts/acc-1/positions/all", []),
        ("/accounts/acc-1/positions/all", {"results": [{"units": "1"}]}),
        ("/accounts/acc-1/positions/all", {"results": [position(units="many")]}),
        ("/accounts/acc-1/balances", None),
        ("/accounts/acc-1/balances", {"detail": "x"}),
        ("/accounts/acc-1/balances", ["USD"]),
    ],
)
def test_unusable_part_fails_source(snaptrade: SnapTrade, path: str, answer: object) -> None:
    snaptrade.positions([position()])
    snaptrade.answers[path] = answer
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


class TestDiscovery:
    def test_discovery_lists_connections_with_status(self, snaptrade: SnapTrade) -> None:
        brokerage = {"name": "questrade", "display_name": "Questrade"}
        snaptrade.answers["/authorizations"] = [
            {"id": "conn-1", "brokerage": brokerage, "disabled": False},
            {"id": "conn-2", "brokerage": {"name": "Alpaca"}, "disabled": True},
            {"id": "conn-3", "brokerage": None, "disabled": None},
        ]
        broken = StatusChange("reconnect_required", "connection_disabled")
        assert holdings.discover(ACCESS, ["conn-1"], 0.0) == [
            DiscoveredSource("conn-1", "Questrade", StatusChange("ok")),
            DiscoveredSource("conn-2", "Alpaca", broken),
            DiscoveredSource("conn-3", None, StatusChange("ok")),
        ]
        assert snaptrade.requests == ["/authorizations"]

    def test_known_connection_is_gone_only_by_own_404(self, snaptrade: SnapTrade) -> None:
        snaptrade.answers |= {
            "/authorizations": [],
            "/authorizations/lagging": {"id": "lagging", "disabled": False},
            "/authorizations/gone": ItemGone(),
        }
        assert holdings.discover(ACCESS, ["lagging", "gone"], 0.0) == [
            DiscoveredSource("lagging", None, StatusChange("ok"))
        ]

    def test_discovery_fails_if_status_is_unavailable(self, snaptrade: SnapTrade) -> None:
        snaptrade.answers |= {"/authorizations": [], "/authorizations/known": ProviderNotReady()}
        with pytest.raises(ProviderNotReady):
            holdings.discover(ACCESS, ["known"], 0.0)

    @pytest.mark.parametrize("answer", [None, {}, {"detail": "x"}, [{"id": None}], ["conn-1"]])
    def test_discovery_rejects_unusable_list(self, snaptrade: SnapTrade, answer: object) -> None:
        snaptrade.answers["/authorizations"] = answer
        with pytest.raises(UnusableResponse):
            holdings.discover(ACCESS, ["known"], 0.0)


@pytest.mark.parametrize(
    ("named", "currency"),
    [(("USD", "CAD", "EUR"), "USD"), ((None, "CAD", "EUR"), "CAD"), ((None, None, "EUR"), "EUR")],
)
def test_currency_is_named_by_position_then_instrument_then_underlying(
    snaptrade: SnapTrade, named: tuple[str | None, str | None, str], currency: str
) -> None:
    own, instruments, underlyings = named
    instrument = STOCK | {"currency": instruments, "underlying": {"symbol": "X", "currency": underlyings}}
    snaptrade.positions([position(instrument, currency=own)])
    assert snaptrade.rows()[0].currency == currency


def test_bond_may_be_priced_per_100_with_its_cost(snaptrade: SnapTrade) -> None:
    total = {"total": {"amount": Decimal(985), "currency": "USD"}}
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(balance=total)]
    bond = STOCK | {"kind": "bond", "symbol": None, "raw_symbol": "T 4.5", "currency": "USD"}
    snaptrade.positions([position(bond, units="1000", price="98.50", cost_basis="97", currency="USD")])
    (row,) = snaptrade.rows()
    assert (row.type, row.ticker, row.value, row.cost_basis) == ("fixed_income", "T 4.5", Decimal(985), Decimal(970))


def test_instruments_id_is_kept(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(STOCK | {"id": "7d1c0d3e"})])
    assert snaptrade.rows()[0].security_id == "7d1c0d3e"


def test_only_future_keeps_its_contract(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(STOCK | {"expiration_date": "2026-12-18", "multiplier": "50"})])
    (row,) = snaptrade.rows()
    assert (row.maturity, row.multiplier) == (None, None)


def test_cash_of_each_currency_maps_every_field(snaptrade: SnapTrade) -> None:
    snaptrade.balances([balance("USD", None), balance("CAD", "10"), balance("CAD", "5"), {"currency": None, "cash": 7}])
    canadian, unknown = snaptrade.rows()
    assert canadian == Holding(
        ticker="CUR:CAD",
        name=None,
        type="cash",
        quantity=Decimal(15),
        price=Decimal(1),
        price_as_of="2026-02-19",
        value=Decimal(15),
        cost_basis=None,
        currency="CAD",
        account_id="acc-1",
        account_name="Margin",
        institution="Questrade",
        provider="snaptrade",
        source_id="conn-1",
        is_cash=True,
    )
    assert (unknown.ticker, unknown.type, unknown.is_cash, unknown.value) == ("CUR:XXX", "cash", True, Decimal(7))


def test_cash_of_nothing_that_may_include_fund_has_row(snaptrade: SnapTrade) -> None:
    """The fund may have been paid for with the broker's money: then the cash is a debt."""
    snaptrade.answers["/authorizations/conn-1/accounts"] = [
        account(balance={"total": {"amount": Decimal(100), "currency": "USD"}})
    ]
    fund = position(units="1500", price="1", currency="USD", cash_equivalent=True)
    other = position(units="100", price="1", currency="USD")
    snaptrade.positions([fund, other])
    snaptrade.balances([balance("USD", "0")])
    assert [row.value for row in snaptrade.rows() if row.is_cash] == [Decimal(-1500)]


@pytest.mark.parametrize("order", [1, -1])
def test_empty_connection_is_believed_only_if_every_account_is_synchronized(snaptrade: SnapTrade, order: int) -> None:
    unknown = {"holdings": {"initial_sync_completed": None, "last_successful_sync": None}}
    listed = [account(1), account(2, sync_status=unknown)][::order]
    snaptrade.answers["/authorizations/conn-1/accounts"] = listed
    snaptrade.positions([], 2)
    snaptrade.balances([], 2)
    with pytest.raises(UnusableResponse, match="not synchronized"):
        snaptrade.fetch()
    snaptrade.answers["/authorizations/conn-1/accounts"] = [account(1), account(2)]
    assert snaptrade.rows() == []
