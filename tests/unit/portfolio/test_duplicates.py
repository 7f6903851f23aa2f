"""A new connection repeats another one if that shows every account of it, one to one."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.holdings import Account, Snapshot
from tidings.model import DuplicateOf, ProviderName
from tidings.portfolio.duplicates import find_duplicate


def shown_by(provider: ProviderName, source_id: str, *listed: Account) -> Snapshot:
    """Build a connection whose accounts hold one instrument each, named by the account's mask."""
    accounts = [replace(one, account_id=f"{source_id}-{one.account_id}") for one in listed]
    rows = [
        replace(holding(f"T{one.mask}", account_id=one.account_id), provider=provider, source_id=source_id)
        for one in accounts
    ]
    return snapshot(provider, source_id, accounts=accounts, holdings=rows, institution="Fidelity")


IRA, BROKERAGE, JOINT = account("ira", mask="1111"), account("brokerage", mask="2222"), account("joint", mask="3333")


@pytest.mark.parametrize("other", ["plaid", "snaptrade"])
def test_same_accounts_are_a_duplicate(other: ProviderName) -> None:
    new = shown_by("plaid", "new", IRA, BROKERAGE)
    assert find_duplicate(new, [shown_by(other, "old", BROKERAGE, IRA)]) == DuplicateOf(other, "old")


def test_accounts_that_would_go_are_named() -> None:
    old = shown_by("plaid", "old", IRA, replace(JOINT, name="Joint account"), BROKERAGE)
    found = find_duplicate(shown_by("plaid", "new", IRA), [old])
    assert found == DuplicateOf("plaid", "old", ("Joint account", "2222"))


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ([IRA, BROKERAGE], [IRA]),
        ([IRA, JOINT], [BROKERAGE, JOINT]),
        ([IRA], [BROKERAGE]),
        ([], [IRA]),
        ([IRA], []),
    ],
)
def test_new_connection_with_an_account_of_its_own_is_no_duplicate(
    new: Sequence[Account], old: Sequence[Account]
) -> None:
    assert find_duplicate(shown_by("plaid", "new", *new), [shown_by("plaid", "old", *old)]) is None


def test_one_account_does_not_stand_for_two() -> None:
    twins = [IRA, replace(IRA, account_id="twin")]
    assert find_duplicate(shown_by("plaid", "new", *twins), [shown_by("plaid", "old", IRA)]) is None


def test_connection_is_no_duplicate_of_itself() -> None:
    new = shown_by("plaid", "new", IRA)
    assert find_duplicate(new, [new]) is None


def test_connection_that_would_lose_least_is_named() -> None:
    others = [shown_by("plaid", "a", IRA, JOINT), shown_by("plaid", "b", IRA), shown_by("snaptrade", "a", IRA)]
    assert find_duplicate(shown_by("plaid", "new", IRA), others) == DuplicateOf("plaid", "b")


def test_first_of_equal_duplicates_is_named_and_nameless_accounts_by_their_id() -> None:
    """By the number of accounts that would go, then by provider and source."""
    nameless = replace(account("x"), name=None)
    fewer = [shown_by("snaptrade", "a", IRA, nameless), shown_by("plaid", "c", IRA, nameless)]
    others = [*fewer, shown_by("plaid", "b", IRA, nameless), shown_by("plaid", "a", IRA, nameless, JOINT)]
    for order in (others, others[::-1]):
        assert find_duplicate(shown_by("plaid", "new", IRA), order) == DuplicateOf("plaid", "b", ("b-x",))
