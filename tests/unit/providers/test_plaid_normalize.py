"""Plaid's holdings as ours: nothing lost, nothing counted twice, nothing rounded."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tidings.errors import ItemGone, ReconnectRequired, TidingsError, UnusableResponse
from tidings.http import strict_json
from tidings.model import Access, Account, FetchedHoldings, Holding, Option
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
    )
    account = Account("acc-1", "IRA", "ira", "5555", Decimal("110.01"), "USD")
    assert fetched == FetchedHoldings((row,), (account,), "Platypus", None)


def test_plaid_nullable_fields_may_be_null(one: Any) -> None:  # noqa: ANN401
    row = one(
        dict.fromkeys(HOLDING.keys() - {"account_id", "security_id"}),
        dict.fromkeys(SECURITY.keys() - {"security_id"}),
    )
    assert (row.ticker, row.name, row.type, row.quantity) == (None, None, "other", Decimal(0))
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


def test_foreign_cash_value_is_its_quantity(one: Any) -> None:  # noqa: ANN401
    euros = {"quantity": 100, "institution_price": Decimal("1.08"), "institution_value": 108}
    row = one(euros, {"ticker_symbol": "CUR:EUR", "type": "cash"})
    assert (row.ticker, row.currency, row.quantity, row.value) == ("CUR:EUR", "EUR", Decimal(100), Decimal(100))


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
    assert (row.ticker, row.is_cash, row.quantity) == (security["ticker_symbol"], False, Decimal("12.5"))


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
    assert row.option == Option("AAPL", "call", Decimal(300), "2028-01-21", Decimal(2), Decimal(100))
    assert (row.quantity, row.price, row.value) == (Decimal(200), Decimal("21.35"), Decimal(4270))
    assert (row.type, row.ticker, row.cost_basis) == ("option", "AAPL280121C00300000", Decimal(3610))


@pytest.mark.parametrize("missing", ["contract_type", "expiration_date", "strike_price", "underlying_security_ticker"])
def test_plaid_option_with_unknown_terms_is_derivative(one: Any, missing: str) -> None:  # noqa: ANN401
    row = one({"quantity": 200}, OPTION | {"option_contract": OPTION["option_contract"] | {missing: None}})  # type: ignore[operator]
    assert (row.type, row.option, row.quantity) == ("derivative", None, Decimal(200))


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
        {"holdings": [HOLDING | {"quantity": "a dozen"}]},
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


@pytest.mark.skipif(not EXAMPLE.exists(), reason="Plaid's own example is not part of the repository")
def test_official_plaid_example_loses_nothing(plaid: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    example = strict_json.parse_object(EXAMPLE.read_bytes())
    example["item"]["item_id"] = "item-1"
    fetched = plaid(example)
    assert len(fetched.holdings) == len(example["holdings"])
    assert sum(row.value for row in fetched.holdings) == sum(held["institution_value"] for held in example["holdings"])
    assert all(row.ticker or row.isin or row.cusip for row in fetched.holdings)
    (option,) = [row for row in fetched.holdings if row.option]
    assert option.option == Option("NFLX", "call", Decimal(355), "2018-02-01", Decimal(100), Decimal(100))
    assert [row.ticker for row in fetched.holdings if row.is_cash] == ["CUR:USD", "CUR:USD"]
    assert len(fetched.accounts) == 3
