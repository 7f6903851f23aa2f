"""Which of Plaid's responses are believed, as a whole and row by row."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.providers.plaid_answers import ACCOUNT, HOLDING
from tidings.errors import ItemGone, ReconnectRequired, TidingsError, UnusableResponse
from tidings.holdings import Option
from tidings.http import strict_json
from tidings.providers.plaid.errors import PlaidError

EXAMPLE = Path(__file__).parents[3].parent / "shared" / "reference" / "plaid-holdings-example.json"


def test_plaid_bank_accounts_are_excluded(plaid: Any) -> None:  # noqa: ANN401
    bank = ACCOUNT | {"account_id": "acc-2", "type": "depository"}
    assert [account.account_id for account in plaid.fetch(accounts=[bank, ACCOUNT]).accounts] == ["acc-1"]


def test_truly_empty_item_is_accepted(plaid: Any) -> None:  # noqa: ANN401
    assert plaid.fetch(holdings=[], securities=[]).holdings == ()


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
        plaid.fetch(**changes)
    assert isinstance(failure.value, UnusableResponse | PlaidError)


def test_item_error_in_response_is_raised(plaid: Any) -> None:  # noqa: ANN401
    for code, error in (("ITEM_LOGIN_REQUIRED", ReconnectRequired), ("ITEM_NOT_FOUND", ItemGone)):
        with pytest.raises(error):
            plaid.fetch(item={"item_id": "item-1", "error": {"error_type": "ITEM_ERROR", "error_code": code}})


@pytest.mark.parametrize(
    "odd", [HOLDING | {"quantity": "1,234"}, HOLDING | {"institution_value": "N/A"}, HOLDING | {"account_id": None}]
)
def test_one_odd_row_is_dropped_and_counted(plaid: Any, odd: dict[str, Any]) -> None:  # noqa: ANN401
    fetched = plaid.fetch(holdings=[HOLDING, odd])
    assert len(fetched.holdings) == 1
    assert [account.dropped_rows for account in fetched.accounts] == [1]


def test_unreadable_cost_is_unknown(one: Any) -> None:  # noqa: ANN401
    row = one({"cost_basis": "N/A"})
    assert (row.cost_basis, row.value) == (None, Decimal("2892.5"))


def test_row_without_security_is_kept(plaid: Any) -> None:  # noqa: ANN401
    fetched = plaid.fetch(holdings=[HOLDING, HOLDING | {"security_id": None}])
    assert [row.security_id for row in fetched.holdings] == ["sec-1", None]
    assert [account.dropped_rows for account in fetched.accounts] == [0]


@pytest.mark.skipif(not EXAMPLE.exists(), reason="Plaid's own example is not part of the repository")
def test_official_plaid_example_loses_nothing(plaid: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    example = strict_json.parse_object(EXAMPLE.read_bytes())
    example["item"]["item_id"] = "item-1"
    fetched = plaid.fetch(**example)
    assert len(fetched.holdings) == len(example["holdings"])
    assert sum(row.value for row in fetched.holdings) == sum(held["institution_value"] for held in example["holdings"])
    assert all(row.ticker or row.isin or row.cusip for row in fetched.holdings)
    (option,) = [row for row in fetched.holdings if row.option]
    assert option.option == Option("NFLX", "call", Decimal(355), "2018-02-01", Decimal(100), Decimal(100), "NFLX")
    assert [row.ticker for row in fetched.holdings if row.is_cash] == ["CUR:USD", "CUR:USD"]
    assert len(fetched.accounts) == 3
