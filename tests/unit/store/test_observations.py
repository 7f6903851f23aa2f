"""Observed accounts, in memory and as a row stores them."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tidings.clock import DAY_MS
from tidings.store.observations import (
    DayObservation,
    ObservedAccount,
    account_pseudonym,
    dump_account,
    plain_values,
)

BEGAN = 20_000 * DAY_MS + 7
SOURCE = ("plaid", "item")
PLAIN = ObservedAccount("a", {"USD": Decimal("1.50"), "EUR": Decimal(-2)}, BEGAN)


def stored(*accounts: ObservedAccount, began_at: int = BEGAN) -> DayObservation:
    """Return the day as it is read from its row."""
    fields = json.loads(json.dumps([dump_account(account, began_at) for account in accounts]))
    return DayObservation(date(2024, 10, 4), ("plaid", "item"), began_at, None, (), fields)


@pytest.mark.parametrize(
    ("account", "fields"),
    [
        (PLAIN, {}),
        (PLAIN._replace(as_of=BEGAN - 1), {"as_of": BEGAN - 1}),
        (PLAIN._replace(is_readable=False), {"unreadable": True}),
        (PLAIN._replace(same_as=("b", "c")), {"same_as": ["b", "c"]}),
    ],
)
def test_account_stores_what_does_not_follow_from_its_row(account: ObservedAccount, fields: dict[str, Any]) -> None:
    day = stored(account)
    assert day.stored == [{"key": "a", "values": {"USD": "1.50", "EUR": "-2"}, **fields}]
    assert day.load_accounts() == [account]
    assert str(day.load_accounts()[0].values["USD"]) == "1.50"


def test_observed_accounts_are_returned_as_they_are() -> None:
    assert stored(PLAIN)._replace(accounts=(PLAIN, PLAIN), stored=()).load_accounts() == (PLAIN, PLAIN)


def test_plain_values_are_listed_by_day_and_currency() -> None:
    second = ObservedAccount("b", {"USD": Decimal(3)}, BEGAN)
    later = BEGAN + DAY_MS
    days = [stored(PLAIN, second), stored(second), stored(second._replace(as_of=later), began_at=later)]
    assert plain_values(days) == {
        20_000: {"USD": ["1.50", "3", "3"], "EUR": ["-2"]},
        20_001: {"USD": ["3"]},
    }
    assert plain_values([]) == {}


@pytest.mark.parametrize(
    "account",
    [PLAIN._replace(as_of=BEGAN - 1), PLAIN._replace(is_readable=False), PLAIN._replace(same_as=("b",))],
)
def test_account_that_is_not_plain_leaves_no_plain_values(account: ObservedAccount) -> None:
    assert plain_values([stored(PLAIN), stored(PLAIN, account)]) is None


def test_day_that_is_not_read_from_a_row_leaves_no_plain_values() -> None:
    assert plain_values([stored(PLAIN), stored()]) is None


def test_pseudonym_stays_and_differs_by_user_source_and_account() -> None:
    names = {
        account_pseudonym(*one)  # type: ignore[arg-type]
        for one in [
            ("ann", SOURCE, "a"),
            ("bob", SOURCE, "a"),
            ("ann", ("snaptrade", "item"), "a"),
            ("ann", ("plaid", "other"), "a"),
            ("ann", SOURCE, "b"),
        ]
    }
    assert len(names) == 5
    assert account_pseudonym("ann", ("plaid", "item"), "a") == "dc6059bc2f7a7467"
