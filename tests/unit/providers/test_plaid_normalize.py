"""Plaid's holdings as ours: nothing lost, nothing counted twice, nothing rounded."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.providers.plaid_answers import ACCOUNT, HOLDING, OPTION, SECURITY, STAMP
from tidings.holdings import Account, FetchedHoldings, Holding


def test_plaid_holding_maps_every_field(plaid: Any) -> None:  # noqa: ANN401
    fetched = plaid.fetch()
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
    assert fetched == FetchedHoldings((row,), (account,), "Platypus", STAMP)


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
    (row,) = plaid.fetch(securities=[]).holdings
    assert (row.ticker, row.type, row.value) == (None, "other", Decimal("2892.5"))


@pytest.mark.parametrize(
    ("code", "currency"), [("GBX", "GBP"), ("GBp", "GBP"), ("ILA", "ILS"), ("ZAC", "ZAR"), ("ZAc", "ZAR")]
)
def test_minor_unit_is_a_hundredth_of_its_currency(plaid: Any, code: str, currency: str) -> None:  # noqa: ANN401
    pence = {"iso_currency_code": None, "unofficial_currency_code": code}
    balances = {"current": Decimal(289250), "margin_loan_amount": Decimal(100), **pence}
    fetched = plaid.fetch(
        accounts=[ACCOUNT | {"balances": balances}],
        holdings=[HOLDING | pence | {"institution_value": 289250, "vested_value": 28925}],
    )
    (row,), (account,) = fetched.holdings, fetched.accounts
    assert (row.currency, row.price, row.cost_basis) == (currency, Decimal("2.314"), None)
    assert (row.value, row.unvested_value) == (Decimal("289.25"), Decimal("2603.25"))
    assert (account.currency, account.institution_total, account.margin_loan) == (
        currency,
        Decimal("2892.5"),
        Decimal(1),
    )


def test_bond_without_value_is_read_by_the_total(plaid: Any) -> None:  # noqa: ANN401
    stated = ACCOUNT | {"balances": {"current": Decimal("9480.80"), "iso_currency_code": "USD"}}
    held = {"quantity": 10000, "institution_price": Decimal("94.808"), "institution_value": None, "cost_basis": 9500}
    (row,) = plaid.fetch(
        accounts=[stated], holdings=[HOLDING | held], securities=[SECURITY | {"type": "fixed income"}]
    ).holdings
    assert (row.value, row.valuation.reading, row.cost_basis) == (Decimal("9480.80"), "per_100", Decimal(9500))


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
        [row] = plaid.fetch(accounts=[total], **given).holdings
        assert row.value == expected


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ({"name": "IRA", "official_name": "Individual"}, "IRA"),
        ({"name": None, "official_name": "Individual"}, "Individual"),
        ({"name": None, "official_name": None}, None),
    ],
)
def test_account_is_named_as_by_user_or_institution(plaid: Any, account: dict[str, object], name: str | None) -> None:  # noqa: ANN401
    assert plaid.fetch(accounts=[ACCOUNT | account]).holdings[0].account_name == name


def test_holding_of_unlisted_account_has_no_account_name(plaid: Any) -> None:  # noqa: ANN401
    unlisted = HOLDING | {"account_id": "acc-9", "iso_currency_code": None}
    own = SECURITY | {"iso_currency_code": None, "unofficial_currency_code": None}
    [row] = plaid.fetch(holdings=[unlisted], securities=[own]).holdings
    assert (row.account_id, row.account_name, row.currency) == ("acc-9", None, "XXX")


@pytest.mark.parametrize(
    ("holding", "security", "price"),
    [
        ({}, {}, Decimal("4.12")),
        ({}, {"unofficial_currency_code": None}, Decimal(412)),
        ({}, {"unofficial_currency_code": "ZAc"}, Decimal(412)),
        ({"iso_currency_code": "USD"}, {}, Decimal(412)),
        ({"institution_value": Decimal(4121)}, {}, Decimal(412)),
        ({"quantity": Decimal(0), "institution_value": Decimal(0)}, {}, Decimal(412)),
        ({"quantity": None, "institution_value": None}, {}, Decimal(412)),
    ],
    ids=["pence", "no code", "another code", "another currency", "another value", "no value", "unknown value"],
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
    row = one(pounds | holding, pence | security)
    assert (row.price, row.currency) == (price, holding.get("iso_currency_code", "GBP"))


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
    fetched = plaid.fetch(
        holdings=[HOLDING | codes[0]], securities=[SECURITY | codes[1]], accounts=[ACCOUNT | {"balances": balances}]
    )
    assert fetched.holdings[0].currency == currency
