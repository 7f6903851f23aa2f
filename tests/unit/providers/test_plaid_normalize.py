"""Plaid's holdings as ours: nothing lost, nothing counted twice, nothing rounded."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tidings.errors import ItemGone, ReconnectRequired, TidingsError, UnusableResponse
from tidings.holdings import Account, FetchedHoldings, Holding, Option
from tidings.http import strict_json
from tidings.model import Access
from tidings.providers.plaid import client, holdings
from tidings.providers.plaid.errors import PlaidError

EXAMPLE = Path(__file__).parents[3].parent / "shared" / "reference" / "plaid-holdings-example.json"
ACCESS = Access({"client_id": "c", "secret": "s"}, "item-1", "access-token")
ACCOUNT: dict[str, Any] = {
    "account_id": "acc-1",
    "name": "IRA",
    "mask": "5555",
    "type": "investment",
    "subtype": "ira",
    "balances": {"current": Decimal("110.01"), "iso_currency_code": "USD"},
}
HOLDING: dict[str, Any] = {
    "account_id": "acc-1",
    "security_id": "sec-1",
    "quantity": Decimal("12.5"),
    "institution_price": Decimal("231.4"),
    "institution_price_as_of": "2026-02-19",
    "institution_value": Decimal("2892.5"),
    "cost_basis": Decimal("1923.75"),
    "iso_currency_code": "USD",
}
SECURITY: dict[str, Any] = {
    "security_id": "sec-1",
    "name": "Apple Inc",
    "ticker_symbol": "AAPL",
    "type": "equity",
    "isin": "US0378331005",
    "cusip": "037833100",
    "market_identifier_code": "XNAS",
    "is_cash_equivalent": False,
}
OPTION = {
    "type": "derivative",
    "ticker_symbol": "AAPL280121C00300000",
    "option_contract": {
        "contract_type": "call",
        "expiration_date": "2028-01-21",
        "strike_price": 300,
        "underlying_security_ticker": "AAPL",
    },
}


def answer(**changes: object) -> dict[str, Any]:
    item = {"item_id": "item-1", "institution_name": "Platypus", "error": None}
    whole: dict[str, Any] = {"accounts": [ACCOUNT], "holdings": [HOLDING], "securities": [SECURITY], "item": item}
    return whole | changes


@pytest.fixture
def plaid(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    def fetch(given: dict[str, Any]) -> FetchedHoldings:
        monkeypatch.setattr(client, "post", lambda *_: given)
        return holdings.fetch(ACCESS, "item-1", 0.0)

    return fetch


@pytest.fixture
def one(plaid: Any) -> Any:  # noqa: ANN401
    def fetch(holding: dict[str, object] | None = None, security: dict[str, object] | None = None) -> Holding:
        given = answer(holdings=[HOLDING | (holding or {})], securities=[SECURITY | (security or {})])
        (row,) = plaid(given).holdings
        assert isinstance(row, Holding)
        return row

    return fetch


def test_plaid_holding_maps_every_field(plaid: Any) -> None:  # noqa: ANN401
    fetched = plaid(answer())
    row = Holding(
        ticker="AAPL",
        name="Apple Inc",
        type="equity",
        quantity=Decimal("12.5"),
        price=Decimal("231.4"),
        price_as_of="2026-02-19",
        value=Decimal("2892.5"),
        cost_basis=Decimal("1923.75"),
        currency="USD",
        account_id="acc-1",
        account_name="IRA",
        institution="Platypus",
        provider="plaid",
        source_id="item-1",
        exchange="XNAS",
        isin="US0378331005",
        cusip="037833100",
        security_id="sec-1",
    )
    account = Account("acc-1", "IRA", "ira", "5555", Decimal("110.01"), "USD")
    assert fetched == FetchedHoldings((row,), (account,), "Platypus", None)


def test_plaid_nullable_fields_may_be_null(one: Any) -> None:  # noqa: ANN401
    row = one(
        dict.fromkeys(HOLDING.keys() - {"account_id", "security_id"}),
        dict.fromkeys(SECURITY.keys() - {"security_id"}),
    )
    assert (row.ticker, row.name, row.type, row.quantity) == (None, None, "other", None)
    assert (row.price, row.value, row.cost_basis, row.price_as_of) == (None, None, None, None)
    assert row.currency == "USD", "the account's"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("etf", "etf"),
        ("mutual fund", "mutual_fund"),
        ("fixed income", "fixed_income"),
        ("cryptocurrency", "crypto"),
        ("derivative", "derivative"),
        ("loan", "loan"),
        ("other", "other"),
        ("tokenised tulip", "other"),
        (None, "other"),
        (5, "other"),
    ],
)
def test_security_type_maps_to_type(one: Any, written: object, read: str) -> None:  # noqa: ANN401
    assert one(security={"type": written}).type == read


def test_missing_value_is_quantity_times_price(one: Any) -> None:  # noqa: ANN401
    assert one({"institution_value": None}).value == Decimal("2892.50")


def test_unofficial_currency_is_kept(one: Any) -> None:  # noqa: ANN401
    assert one({"iso_currency_code": None, "unofficial_currency_code": "BTC"}).currency == "BTC"


USD, CAD = {"iso_currency_code": "USD"}, {"iso_currency_code": "CAD"}
BITCOIN = {"iso_currency_code": None, "unofficial_currency_code": "BTC"}
NO_CODE = {"iso_currency_code": None, "unofficial_currency_code": None}


@pytest.mark.parametrize(
    ("holding", "security", "account", "currency"),
    [
        (USD, CAD, CAD, "USD"),
        (USD | {"unofficial_currency_code": "BTC"}, CAD, CAD, "USD"),
        (BITCOIN, CAD, CAD, "BTC"),
        (NO_CODE, CAD, USD, "CAD"),
        (NO_CODE, BITCOIN, USD, "BTC"),
        (NO_CODE, NO_CODE, CAD, "CAD"),
        (NO_CODE, NO_CODE, BITCOIN, "BTC"),
        (NO_CODE, NO_CODE, NO_CODE, "XXX"),
    ],
)
def test_currency_is_holdings_then_securitys_then_accounts(
    plaid: Any,  # noqa: ANN401
    holding: dict[str, str],
    security: dict[str, str],
    account: dict[str, str],
    currency: str,
) -> None:
    stated = ACCOUNT | {"balances": {"current": None} | account}
    (row,) = plaid(answer(accounts=[stated], holdings=[HOLDING | holding], securities=[SECURITY | security])).holdings
    assert row.currency == currency


def test_account_is_named_by_its_own_name_first(plaid: Any) -> None:  # noqa: ANN401
    for names, expected in (
        ({"name": "IRA", "official_name": "Individual Retirement"}, "IRA"),
        ({"name": None, "official_name": "Individual Retirement"}, "Individual Retirement"),
        ({"name": None, "official_name": None}, None),
    ):
        (row,) = plaid(answer(accounts=[ACCOUNT | names])).holdings
        assert row.account_name == expected
    (row,) = plaid(answer(holdings=[HOLDING | {"account_id": "unlisted"}])).holdings
    assert (row.account_id, row.account_name) == ("unlisted", None)


@pytest.mark.parametrize(
    ("day", "instant", "dated"),
    [
        ("2026-02-19", "2026-02-20T10:00:00Z", "2026-02-19"),
        (None, "2026-02-20T10:00:00Z", "2026-02-20"),
        (None, None, None),
    ],
)
def test_price_is_dated_by_day_or_instant(one: Any, day: str | None, instant: str | None, dated: str | None) -> None:  # noqa: ANN401
    row = one({"institution_price_as_of": day, "institution_price_datetime": instant}, {"close_price": 1})
    assert (row.price, row.price_as_of) == (Decimal("231.4"), dated)


def test_unlisted_security_keeps_value(plaid: Any) -> None:  # noqa: ANN401
    (row,) = plaid(answer(securities=[])).holdings
    assert (row.ticker, row.type, row.value) == (None, "other", Decimal("2892.5"))


@pytest.mark.parametrize(
    ("security", "ticker"),
    [
        ({"ticker_symbol": "CUR:USD", "type": "cash"}, "CUR:USD"),
        ({"ticker_symbol": "USD", "type": "cash"}, "CUR:USD"),
        ({"ticker_symbol": None, "type": "cash"}, "CUR:USD"),
        ({"ticker_symbol": "CUR:USD", "type": None}, "CUR:USD"),
    ],
)
def test_plaid_cash_is_normalized(one: Any, security: dict[str, object], ticker: str) -> None:  # noqa: ANN401
    cash = {"quantity": Decimal("-40.5"), "institution_price": 1, "institution_value": Decimal("-40.5")}
    row = one(cash, security)
    assert (row.ticker, row.type, row.is_cash, row.currency) == (ticker, "cash", True, "USD")
    assert (row.quantity, row.price, row.value) == (Decimal("-40.5"), Decimal(1), Decimal("-40.5"))
    assert (row.isin, row.cusip, row.exchange, row.cost_basis) == (None, None, None, None)


def test_foreign_cash_keeps_the_institutions_value(one: Any) -> None:  # noqa: ANN401
    euros = {"quantity": 100, "institution_price": Decimal("1.08"), "institution_value": 108}
    row = one(euros, {"ticker_symbol": "CUR:EUR", "type": "cash"})
    assert (row.ticker, row.is_cash, row.currency) == ("CUR:EUR", True, "USD")
    assert (row.quantity, row.price, row.value) == (Decimal(100), Decimal("1.08"), Decimal(108))


@pytest.mark.parametrize("value", [None, 100])
def test_foreign_cash_priced_at_one_is_in_its_own_currency(one: Any, value: int | None) -> None:  # noqa: ANN401
    euros = {"quantity": 100, "institution_price": 1, "institution_value": value}
    row = one(euros, {"ticker_symbol": "CUR:EUR", "type": "cash"})
    assert (row.ticker, row.currency, row.quantity, row.value) == ("CUR:EUR", "EUR", Decimal(100), Decimal(100))


@pytest.mark.parametrize(("code", "read"), [("BTC", "crypto"), ("USDC", "crypto"), ("CNH", "other")])
def test_cash_of_no_currency_is_an_asset(one: Any, code: str, read: str) -> None:  # noqa: ANN401
    coins = {"quantity": Decimal("0.5"), "institution_price": 90000, "institution_value": 45000}
    row = one(coins, {"ticker_symbol": f"CUR:{code}", "type": "cash"})
    assert (row.ticker, row.type, row.is_cash, row.currency) == (code, read, False, "USD")
    assert (row.quantity, row.price, row.value) == (Decimal("0.5"), Decimal(90000), Decimal(45000))


@pytest.mark.parametrize(
    "security",
    [
        {"ticker_symbol": "VMFXX", "type": "mutual fund", "is_cash_equivalent": True},
        {"ticker_symbol": "SPAXX", "type": "cash", "is_cash_equivalent": True},
        {"ticker_symbol": "CUR:BTC", "type": "cryptocurrency", "is_cash_equivalent": True},
        {"ticker_symbol": "DOGE", "type": "cryptocurrency", "is_cash_equivalent": True},
    ],
)
def test_cash_equivalent_stays_position(one: Any, security: dict[str, object]) -> None:  # noqa: ANN401
    row = one(security=security)
    assert row.ticker == str(security["ticker_symbol"]).removeprefix("CUR:")
    assert (row.is_cash, row.quantity) == (False, Decimal("12.5"))


@pytest.mark.parametrize(
    ("quantity", "price", "value"),
    [("200", "21.35", "4270"), ("2", "21.35", "4270"), ("2", "2135", "4270"), ("200", "21.35", None)],
    ids=["shares, as documented", "contracts, price per share", "contracts, price per contract", "no value"],
)
def test_plaid_option_is_normalized_for_any_counting(
    one: Any,  # noqa: ANN401
    quantity: str,
    price: str,
    value: str | None,
) -> None:
    held = {
        "quantity": Decimal(quantity),
        "institution_price": Decimal(price),
        "institution_value": None if value is None else Decimal(value),
        "cost_basis": Decimal(3610),
    }
    row = one(held, OPTION)
    assert row.option == Option("AAPL", "call", Decimal(300), "2028-01-21", Decimal(2), Decimal(100), "AAPL")
    assert (row.quantity, row.price, row.value) == (Decimal(200), Decimal("21.35"), Decimal(4270))
    assert (row.type, row.ticker, row.cost_basis) == ("option", "AAPL280121C00300000", Decimal(3610))


@pytest.mark.parametrize("missing", ["contract_type", "expiration_date", "strike_price", "underlying_security_ticker"])
def test_plaid_option_with_unknown_terms_is_derivative(one: Any, missing: str) -> None:  # noqa: ANN401
    contract = OPTION["option_contract"] | {missing: None}  # type: ignore[operator]
    row = one({"quantity": 200}, OPTION | {"ticker_symbol": None, "option_contract": contract})
    assert (row.type, row.option, row.quantity) == ("derivative", None, Decimal(200))


@pytest.mark.parametrize("ticker", ["AAPL280121C00300000", "AAPL  280121C00300000", "O:AAPL280121C00300000"])
@pytest.mark.parametrize("kind", ["derivative", "other", None])
def test_plaid_option_is_known_by_its_symbol(one: Any, ticker: str, kind: str | None) -> None:  # noqa: ANN401
    held = {"quantity": 200, "institution_price": 12, "institution_value": 2400}
    row = one(held, {"ticker_symbol": ticker, "type": kind, "option_contract": None})
    assert row.option == Option("AAPL", "call", Decimal(300), "2028-01-21", Decimal(2), Decimal(100), "AAPL")
    assert (row.type, row.ticker) == ("option", "AAPL280121C00300000")


@pytest.mark.parametrize(
    ("quantity", "price", "value", "shares", "contracts", "multiplier"),
    [
        (100, "1.5", 15000, 10000, 100, 100),
        (-3, "2", -60, -30, -3, 10),
        (30, "2", 60, 30, None, None),
        (150, "2", 300, 150, None, None),
        (2, "2.1", 400, 200, 2, 100),
        (200, "0", 0, 200, 2, 100),
        (7, None, 14, 700, 7, 100),
    ],
    ids=["contracts", "mini", "mini in shares", "adjusted", "old price", "worthless", "no price"],
)
def test_option_shares_are_value_by_price(
    one: Any,  # noqa: ANN401
    quantity: int,
    price: str | None,
    value: int,
    shares: int,
    contracts: int | None,
    multiplier: int | None,
) -> None:
    price_stated = None if price is None else Decimal(price)
    row = one({"quantity": quantity, "institution_price": price_stated, "institution_value": value}, OPTION)
    assert (row.quantity, row.value, row.price) == (Decimal(shares), Decimal(value), price_stated)
    assert (row.option.contracts, row.option.multiplier) == (contracts, multiplier)
    assert row.valuation is None, "the value leaves one reading"


@pytest.mark.parametrize(
    ("code", "currency"), [("GBX", "GBP"), ("GBp", "GBP"), ("ILA", "ILS"), ("ZAC", "ZAR"), ("ZAc", "ZAR")]
)
def test_minor_unit_is_a_hundredth_of_its_currency(plaid: Any, code: str, currency: str) -> None:  # noqa: ANN401
    pence = {"iso_currency_code": None, "unofficial_currency_code": code}
    balances = {"current": Decimal(289250), "margin_loan_amount": Decimal(100), **pence}
    fetched = plaid(
        answer(
            accounts=[ACCOUNT | {"balances": balances}],
            holdings=[HOLDING | pence | {"institution_value": 289250, "vested_value": 28925}],
        )
    )
    (row,), (account,) = fetched.holdings, fetched.accounts
    assert (row.currency, row.price, row.cost_basis) == (currency, Decimal("2.314"), None)
    assert (row.value, row.unvested_value) == (Decimal("289.25"), Decimal("2603.25"))
    assert (account.currency, account.institution_total, account.margin_loan) == (
        currency,
        Decimal("2892.5"),
        Decimal(1),
    )


@pytest.mark.parametrize(
    ("vested", "quantity", "value", "unvested_quantity", "unvested_value"),
    [
        ({"vested_quantity": 40, "vested_value": 4000}, 40, 4000, 60, 6000),
        ({"vested_quantity": 40}, 40, 4000, 60, 6000),
        ({"vested_value": 4000}, 40, 4000, 60, 6000),
        ({"vested_quantity": 0}, 0, 0, 100, 10000),
        ({"vested_quantity": 100, "vested_value": 10000}, 100, 10000, None, None),
        ({"vested_quantity": 140, "vested_value": 14000}, 100, 10000, None, None),
        ({"vested_quantity": "many"}, 100, 10000, None, None),
        ({}, 100, 10000, None, None),
    ],
    ids=["both", "quantity", "value", "nothing vested", "all vested", "more than all", "unreadable", "no grant"],
)
def test_only_the_vested_part_counts(
    one: Any,  # noqa: ANN401
    vested: dict[str, object],
    quantity: int,
    value: int,
    unvested_quantity: int | None,
    unvested_value: int | None,
) -> None:
    row = one({"quantity": 100, "institution_price": 100, "institution_value": 10000, "cost_basis": 10} | vested)
    assert (row.quantity, row.value) == (quantity, value)
    assert (row.unvested_quantity, row.unvested_value) == (unvested_quantity, unvested_value)
    assert row.cost_basis == (10 if unvested_quantity is None else None), "the cost is the whole grant's"


@pytest.mark.parametrize(("total", "reading"), [(4000, "without_unvested"), (10000, "with_unvested")])
def test_total_tells_whether_it_includes_the_unvested_part(plaid: Any, total: int, reading: str) -> None:  # noqa: ANN401
    grant = {"quantity": 100, "institution_price": 100, "institution_value": 10000, "vested_quantity": 40}
    stated = ACCOUNT | {"balances": {"current": total, "iso_currency_code": "USD"}}
    (row,) = plaid(answer(accounts=[stated], holdings=[HOLDING | grant])).holdings
    assert (row.value, row.valuation.reading, row.valuation.by) == (Decimal(4000), reading, "total")


def test_total_tells_an_options_shares_from_contracts(plaid: Any) -> None:  # noqa: ANN401
    held = {"quantity": 100, "institution_price": Decimal("1.5"), "institution_value": None}
    for total, contracts, reading, by in (
        (150, 1, "shares", "total"),
        (15000, 100, "contracts", "total"),
        (None, 1, "shares", "convention"),
    ):
        stated = ACCOUNT | {"balances": {"current": total, "iso_currency_code": "USD"}}
        given = answer(accounts=[stated], holdings=[HOLDING | held], securities=[SECURITY | OPTION])
        (row,) = plaid(given).holdings
        assert (row.option.contracts, row.valuation.reading, row.valuation.by) == (contracts, reading, by)


def test_total_that_the_user_typed_in_decides_nothing(plaid: Any) -> None:  # noqa: ANN401
    stated = ACCOUNT | {"balances": {"current": 15000, "iso_currency_code": "USD"}}
    held = {"quantity": 100, "institution_price": Decimal("1.5"), "institution_value": None}
    given = answer(accounts=[stated], holdings=[HOLDING | held], securities=[SECURITY | OPTION])
    (row,) = plaid(given | {"is_investments_fallback_item": True}).holdings
    assert (row.valuation.reading, row.valuation.by) == ("shares", "convention")


def test_bond_without_value_is_read_by_the_total(plaid: Any) -> None:  # noqa: ANN401
    stated = ACCOUNT | {"balances": {"current": Decimal("9480.80"), "iso_currency_code": "USD"}}
    held = {"quantity": 10000, "institution_price": Decimal("94.808"), "institution_value": None, "cost_basis": 9500}
    given = answer(accounts=[stated], holdings=[HOLDING | held], securities=[SECURITY | {"type": "fixed income"}])
    (row,) = plaid(given).holdings
    assert (row.value, row.valuation.reading, row.cost_basis) == (Decimal("9480.80"), "per_100", Decimal(9500))


def test_plaid_sweep_is_inside_the_cash_only_if_the_total_says_so(plaid: Any) -> None:  # noqa: ANN401
    cash = HOLDING | {"security_id": "cash", "quantity": 2000, "institution_price": 1, "institution_value": 2000}
    fund = cash | {"security_id": "fund", "quantity": 1500, "institution_value": 1500}
    securities = [
        SECURITY | {"security_id": "cash", "ticker_symbol": "CUR:USD", "type": "cash"},
        SECURITY | {"security_id": "fund", "ticker_symbol": "SPAXX", "type": "mutual fund", "is_cash_equivalent": True},
    ]
    for total, amount in ((2000, 500), (3500, 2000), (None, 2000)):
        stated = ACCOUNT | {"balances": {"current": total, "iso_currency_code": "USD"}}
        rows = plaid(answer(accounts=[stated], holdings=[cash, fund], securities=securities)).holdings
        assert [row.value for row in rows] == [amount, 1500]


def test_last_close_prices_what_the_institution_does_not(one: Any) -> None:  # noqa: ANN401
    close = {"close_price": Decimal("52.5"), "close_price_as_of": "2026-11-25"}
    unknown = {"institution_price": None, "institution_value": None, "quantity": 10}
    row = one(unknown, close)
    assert (row.price, row.price_as_of, row.value) == (Decimal("52.5"), "2026-11-25", Decimal(525))
    assert one({"institution_price": None}, close).price is None, "the value is known"


def test_unknown_quantity_is_null(one: Any) -> None:  # noqa: ANN401
    row = one({"quantity": None, "institution_value": 375})
    assert (row.quantity, row.value) == (None, Decimal(375))
    assert one({"quantity": None}, OPTION).quantity is None


def test_bond_keeps_maturity_and_coupon(one: Any) -> None:  # noqa: ANN401
    income = {"maturity_date": "2031-05-15", "yield_rate": {"percentage": Decimal("4.25"), "type": "coupon"}}
    row = one(security={"type": "fixed income", "fixed_income": income})
    assert (row.maturity, row.coupon) == ("2031-05-15", Decimal("4.25"))
    other = income | {"yield_rate": {"percentage": 5, "type": "yield to maturity"}}
    assert one(security={"type": "fixed income", "fixed_income": other}).coupon is None


def test_largest_amounts_stay_exact(one: Any) -> None:  # noqa: ANN401
    huge = {
        "quantity": Decimal(f"1{'0' * 30}"),
        "institution_price": Decimal("0." + "1" * 29),
        "institution_value": None,
    }
    assert one(huge, OPTION).value == Decimal("1" * 29 + "0")


def test_plaid_bank_accounts_are_excluded(plaid: Any) -> None:  # noqa: ANN401
    bank = ACCOUNT | {"account_id": "acc-2", "type": "depository"}
    assert [account.account_id for account in plaid(answer(accounts=[bank, ACCOUNT])).accounts] == ["acc-1"]


def test_truly_empty_item_is_accepted(plaid: Any) -> None:  # noqa: ANN401
    assert plaid(answer(holdings=[], securities=[])).holdings == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"accounts": [], "holdings": []},
        {"accounts": [ACCOUNT | {"type": "depository"}], "holdings": []},
        {"holdings": None},
        {"accounts": None},
        {"securities": None},
        {"item": None},
        {"item": {"item_id": "another"}},
        {"item": {"item_id": "item-1", "error": {"error_code": "INTERNAL_SERVER_ERROR"}}},
        {"holdings": [HOLDING | {"quantity": "a dozen"}, HOLDING | {"account_id": None}]},
        {"holdings": [HOLDING | {"account_id": None}]},
        {"holdings": ["AAPL"]},
    ],
)
def test_unusable_response_never_replaces_holdings(plaid: Any, changes: dict[str, object]) -> None:  # noqa: ANN401
    with pytest.raises(TidingsError) as failure:
        plaid(answer(**changes))
    assert isinstance(failure.value, UnusableResponse | PlaidError)


def test_item_error_in_response_is_raised(plaid: Any) -> None:  # noqa: ANN401
    for code, error in (("ITEM_LOGIN_REQUIRED", ReconnectRequired), ("ITEM_NOT_FOUND", ItemGone)):
        with pytest.raises(error):
            plaid(answer(item={"item_id": "item-1", "error": {"error_type": "ITEM_ERROR", "error_code": code}}))


@pytest.mark.parametrize(
    "odd", [HOLDING | {"quantity": "1,234"}, HOLDING | {"institution_value": "N/A"}, HOLDING | {"account_id": None}]
)
def test_one_odd_row_is_dropped_and_counted(plaid: Any, odd: dict[str, Any]) -> None:  # noqa: ANN401
    fetched = plaid(answer(holdings=[HOLDING, odd]))
    assert len(fetched.holdings) == 1
    assert [account.dropped_rows for account in fetched.accounts] == [1]


def test_unreadable_cost_is_unknown(one: Any) -> None:  # noqa: ANN401
    row = one({"cost_basis": "N/A"})
    assert (row.cost_basis, row.value) == (None, Decimal("2892.5"))


def test_price_in_pence_of_a_value_in_pounds_is_in_pounds(one: Any) -> None:  # noqa: ANN401
    held = {"quantity": 1000, "institution_price": 412, "iso_currency_code": "GBP"}
    pence = {"iso_currency_code": None, "unofficial_currency_code": "GBX"}
    row = one(held | {"institution_value": 4120}, pence)
    assert (row.currency, row.price, row.value) == ("GBP", Decimal("4.12"), Decimal(4120))
    assert one(held | {"institution_value": 412000}, pence).price == Decimal(412), "both are in pounds"


@pytest.mark.parametrize(
    ("held", "listed"),
    [
        ({"iso_currency_code": "GBP"}, None),
        ({"iso_currency_code": "GBP"}, "ILA"),
        ({"iso_currency_code": "USD"}, "GBX"),
        ({"iso_currency_code": "GBP", "quantity": 0, "institution_value": 0}, "GBX"),
        ({"iso_currency_code": "GBP", "quantity": None, "institution_value": None}, "GBX"),
    ],
)
def test_price_that_is_not_in_pence_stays(one: Any, held: dict[str, object], listed: str | None) -> None:  # noqa: ANN401
    known = {"quantity": 1000, "institution_price": 412, "institution_value": 4120}
    row = one(known | held, {"iso_currency_code": None, "unofficial_currency_code": listed})
    assert row.price == Decimal(412)


def test_row_without_security_is_kept(plaid: Any) -> None:  # noqa: ANN401
    fetched = plaid(answer(holdings=[HOLDING, HOLDING | {"security_id": None}]))
    assert [row.security_id for row in fetched.holdings] == ["sec-1", None]
    assert [account.dropped_rows for account in fetched.accounts] == [0]


@pytest.mark.skipif(not EXAMPLE.exists(), reason="Plaid's own example is not part of the repository")
def test_official_plaid_example_loses_nothing(plaid: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    example = strict_json.parse_object(EXAMPLE.read_bytes())
    example["item"]["item_id"] = "item-1"
    fetched = plaid(example)
    assert len(fetched.holdings) == len(example["holdings"])
    assert sum(row.value for row in fetched.holdings) == sum(held["institution_value"] for held in example["holdings"])
    assert all(row.ticker or row.isin or row.cusip for row in fetched.holdings)
    (option,) = [row for row in fetched.holdings if row.option]
    assert option.option == Option("NFLX", "call", Decimal(355), "2018-02-01", Decimal(100), Decimal(100), "NFLX")
    assert [row.ticker for row in fetched.holdings if row.is_cash] == ["CUR:USD", "CUR:USD"]
    assert len(fetched.accounts) == 3


def test_bond_without_value_may_be_priced_per_100(plaid: Any) -> None:  # noqa: ANN401
    """The account's total decides. A bond with a value, and a share without one, have one reading."""
    total = ACCOUNT | {"balances": {"current": Decimal(990), "iso_currency_code": "USD"}}
    held = HOLDING | {"quantity": Decimal(1000), "institution_price": Decimal(99)}
    for kind, value, expected in (
        ("fixed income", None, Decimal(990)),
        ("fixed income", Decimal(99000), Decimal(99000)),
        ("equity", None, Decimal(99000)),
    ):
        given = {"holdings": [held | {"institution_value": value}], "securities": [SECURITY | {"type": kind}]}
        [row] = plaid(answer(accounts=[total], **given)).holdings
        assert row.value == expected


@pytest.mark.parametrize(
    ("kind", "is_equivalent", "cash"),
    [
        ("mutual fund", True, Decimal(700)),
        ("mutual fund", False, Decimal(1000)),
        ("mutual fund", None, Decimal(1000)),
        ("equity", True, Decimal(1000)),
        ("cryptocurrency", True, Decimal(1000)),
    ],
)
def test_only_money_market_fund_may_be_inside_cash(
    plaid: Any,  # noqa: ANN401
    kind: str,
    is_equivalent: bool | None,
    cash: Decimal,
) -> None:
    total = ACCOUNT | {"balances": {"current": Decimal(1000), "iso_currency_code": "USD"}}
    fund = HOLDING | {"security_id": "fund", "quantity": Decimal(300), "institution_value": Decimal(300)}
    money = HOLDING | {"quantity": Decimal(1000), "institution_value": Decimal(1000)}
    securities = [
        SECURITY | {"type": "cash", "ticker_symbol": "CUR:USD"},
        SECURITY | {"security_id": "fund", "type": kind, "is_cash_equivalent": is_equivalent, "ticker_symbol": "SPAXX"},
    ]
    rows = plaid(answer(accounts=[total], holdings=[fund, money], securities=securities)).holdings
    assert [row.value for row in rows if row.is_cash] == [cash]


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ({"name": "IRA", "official_name": "Individual"}, "IRA"),
        ({"name": None, "official_name": "Individual"}, "Individual"),
        ({"name": None, "official_name": None}, None),
    ],
)
def test_account_is_named_as_by_user_or_institution(plaid: Any, account: dict[str, object], name: str | None) -> None:  # noqa: ANN401
    assert plaid(answer(accounts=[ACCOUNT | account])).holdings[0].account_name == name


def test_holding_of_unlisted_account_has_no_account_name(plaid: Any) -> None:  # noqa: ANN401
    unlisted = HOLDING | {"account_id": "acc-9", "iso_currency_code": None}
    own = SECURITY | {"iso_currency_code": None, "unofficial_currency_code": None}
    [row] = plaid(answer(holdings=[unlisted], securities=[own])).holdings
    assert (row.account_id, row.account_name, row.currency) == ("acc-9", None, "XXX")


@pytest.mark.parametrize(
    ("as_of", "at", "expected"),
    [
        ("2026-02-19", "2026-02-20T10:00:00Z", "2026-02-19"),
        (None, "2026-02-20T10:00:00Z", "2026-02-20"),
        (None, None, None),
    ],
)
def test_price_has_its_date_or_that_of_its_time(
    one: Any,  # noqa: ANN401
    as_of: str | None,
    at: str | None,
    expected: str | None,
) -> None:
    assert one({"institution_price_as_of": as_of, "institution_price_datetime": at}).price_as_of == expected


@pytest.mark.parametrize(
    ("holding", "security", "price"),
    [
        ({}, {}, Decimal("4.12")),
        ({}, {"unofficial_currency_code": None}, Decimal(412)),
        ({}, {"unofficial_currency_code": "ZAc"}, Decimal(412)),
        ({"iso_currency_code": "USD"}, {}, Decimal(412)),
        ({"institution_value": Decimal(4121)}, {}, Decimal(412)),
        ({"quantity": Decimal(0), "institution_value": Decimal(0)}, {}, Decimal(412)),
    ],
    ids=["pence", "no code", "another code", "another currency", "another value", "no value"],
)
def test_price_in_pence_beside_value_in_pounds_is_converted(
    one: Any,  # noqa: ANN401
    holding: dict[str, object],
    security: dict[str, object],
    price: Decimal,
) -> None:
    pounds = {
        "quantity": Decimal(1000),
        "institution_price": Decimal(412),
        "institution_value": Decimal(4120),
        "iso_currency_code": "GBP",
    }
    pence = {"iso_currency_code": None, "unofficial_currency_code": "GBX"}
    assert one(pounds | holding, pence | security).price == price


@pytest.mark.parametrize(
    ("kind", "ticker", "expected"),
    [("cryptocurrency", "CUR:BTC", "BTC"), ("cryptocurrency", "BTC", "BTC"), ("cryptocurrency", None, None)],
)
def test_coin_has_plain_ticker(one: Any, kind: str, ticker: str | None, expected: str | None) -> None:  # noqa: ANN401
    assert one(security={"type": kind, "ticker_symbol": ticker}).ticker == expected


def test_only_coin_loses_its_prefix(one: Any) -> None:  # noqa: ANN401
    assert one(security={"type": "equity", "ticker_symbol": "CUR:MONEY FUND"}).ticker == "CUR:MONEY FUND"


@pytest.mark.parametrize(
    ("holding", "security", "account", "currency"),
    [
        (("USD", "BTC"), ("CAD", None), ("EUR", None), "USD"),
        ((None, "BTC"), ("CAD", None), ("EUR", None), "BTC"),
        ((None, None), ("CAD", "BTC"), ("EUR", None), "CAD"),
        ((None, None), (None, "BTC"), ("EUR", None), "BTC"),
        ((None, None), (None, None), ("EUR", "BTC"), "EUR"),
        ((None, None), (None, None), (None, "BTC"), "BTC"),
        ((None, None), (None, None), (None, None), "XXX"),
    ],
)
def test_currency_is_named_by_holding_then_security_then_account(
    plaid: Any,  # noqa: ANN401
    holding: tuple[str | None, str | None],
    security: tuple[str | None, str | None],
    account: tuple[str | None, str | None],
    currency: str,
) -> None:
    codes = [
        dict(zip(("iso_currency_code", "unofficial_currency_code"), one, strict=True))
        for one in (holding, security, account)
    ]
    balances = ACCOUNT["balances"] | codes[2]
    given = answer(
        holdings=[HOLDING | codes[0]], securities=[SECURITY | codes[1]], accounts=[ACCOUNT | {"balances": balances}]
    )
    assert plaid(given).holdings[0].currency == currency
