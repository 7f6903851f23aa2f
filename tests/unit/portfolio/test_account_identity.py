"""Two sources' accounts are one account by positive evidence only, and an account never stands for two."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.clock import DAY_MS
from tidings.holdings import Account, Holding, Snapshot
from tidings.model import ProviderName
from tidings.portfolio import accounts, merge


def shown_by(provider: ProviderName, source_id: str, *listed: tuple[Account, list[Holding]]) -> Snapshot:
    rows = [
        replace(row, provider=provider, source_id=source_id, account_id=one.account_id)
        for one, held in listed
        for row in held
    ]
    return snapshot(provider, source_id, accounts=[one for one, _ in listed], holdings=rows, institution="Fidelity")


def is_one_account(
    left: Account,
    right: Account,
    left_rows: list[Holding] | None = None,
    right_rows: list[Holding] | None = None,
    *,
    days_apart: int = 0,
    ms_apart: int = 0,
) -> bool:
    one = shown_by("plaid", "one", (left, left_rows or []))
    other = shown_by("plaid", "other", (right, right_rows or []))
    later = replace(other, fetch_began_at=one.fetch_began_at + days_apart * DAY_MS + ms_apart)
    results = {len(accounts.deduplicate(order).repeated) for order in ([one, later], [later, one])}
    assert len(results) == 1, "the order of sources matters"
    return results == {1}


FUNDS = [holding("VTI", quantity="12.345"), holding("VXUS", quantity="7.5")]
OTHER_FUNDS = [holding("AAPL", quantity="12.345"), holding("MSFT", quantity="7.5")]


def test_four_digits_with_type_and_currency_are_enough() -> None:
    assert is_one_account(account("a", mask="1234"), account("b", mask="001234", kind="Margin"))


@pytest.mark.parametrize("mask", ["...1234", "XXX-1234", "\u2022\u20221234", "001 234"])
def test_signs_that_hide_digits_do_not_count(mask: str) -> None:
    assert is_one_account(account("a", mask="1234"), account("b", mask=mask))


def test_same_digits_in_plan_and_ira_stay_two() -> None:
    assert not is_one_account(account("a", mask="1234", kind="401k"), account("b", mask="1234", kind="IRA"))


def test_other_currency_stays_two() -> None:
    assert not is_one_account(account("a", mask="1234"), account("b", mask="1234", currency="CAD"))


@pytest.mark.parametrize(("left", "right"), [("1234", "9999"), ("000", "0001"), ("12", "34")])
def test_other_digits_stay_two(left: str, right: str) -> None:
    assert not is_one_account(account("a", mask=left), account("b", mask=right), FUNDS, FUNDS)


@pytest.mark.parametrize(
    "unsure",
    [
        account("b", mask="234"),
        account("b", mask="1234", kind=None),
        account("b", mask="1234", kind="INVESTMENT"),
        account("b", mask="1234", currency=None),
        account("b"),
        account("b", mask="xxxx"),
    ],
)
def test_guess_needs_equal_holdings(unsure: Account) -> None:
    known = account("a", mask="1234")
    assert not is_one_account(known, unsure)
    assert not is_one_account(known, unsure, FUNDS, [holding("VTI", quantity="3"), holding("VXUS", quantity="1")])
    assert is_one_account(known, unsure, FUNDS, FUNDS)


def test_without_digits_one_equal_position_is_chance() -> None:
    assert not is_one_account(account("a"), account("b"), FUNDS[:1], FUNDS[:1])
    assert not is_one_account(account("a", mask="34"), account("b", mask="34"), FUNDS[:1], FUNDS[:1])
    assert is_one_account(account("a", mask="234"), account("b", mask="234"), FUNDS[:1], FUNDS[:1])


def test_cash_is_no_evidence() -> None:
    cash = [replace(holding(f"CUR:{code}", quantity="100"), is_cash=True) for code in ("USD", "CAD", "EUR")]
    assert not is_one_account(account("a"), account("b"), cash, cash)


def test_lots_are_compared_by_their_sum() -> None:
    lots = [holding("VTI", quantity="10"), holding("VTI", quantity="2.345"), holding("VXUS", quantity="7.5")]
    assert is_one_account(account("a"), account("b"), FUNDS, lots)


def test_other_holdings_at_same_time_contradict_digits() -> None:
    known = account("a", mask="1234"), account("b", mask="1234")
    assert not is_one_account(*known, FUNDS, OTHER_FUNDS)
    assert not is_one_account(*known, FUNDS, OTHER_FUNDS, days_apart=2)
    assert not is_one_account(*known, FUNDS, OTHER_FUNDS, days_apart=3)
    assert not is_one_account(*known, FUNDS, OTHER_FUNDS, days_apart=-3)
    assert is_one_account(*known, FUNDS, OTHER_FUNDS, days_apart=3, ms_apart=1)
    assert is_one_account(*known, FUNDS, OTHER_FUNDS, days_apart=-3, ms_apart=-1)
    assert is_one_account(*known, FUNDS, [*OTHER_FUNDS, holding("VTI", quantity="1")])


def test_row_that_nobody_identifies_may_be_the_same() -> None:
    named = replace(holding(quantity="12.345"), ticker=None, name="Large Cap Pool")
    known = account("a", mask="1234"), account("b", mask="1234")
    assert is_one_account(*known, FUNDS, [named])
    assert not is_one_account(*known, FUNDS, [replace(named, quantity=Decimal(99))])


def test_ids_of_one_provider_decide() -> None:
    assert is_one_account(account("a", own_id="7"), account("b", own_id="7"), FUNDS, OTHER_FUNDS)
    assert not is_one_account(account("a", mask="1234", own_id="7"), account("b", mask="1234", own_id="8"))


@pytest.mark.parametrize(
    ("known", "other", "same"),
    [
        ({"currency": "USD"}, {"currency": "CAD"}, False),
        ({"currency": None}, {"currency": "CAD"}, True),
        ({"kind": "401k"}, {"kind": "ira"}, False),
        ({"kind": "401k"}, {"kind": None}, True),
        ({"mask": "1234"}, {"mask": "9999"}, False),
        ({"mask": "1234"}, {"mask": None}, True),
    ],
)
def test_equal_ids_are_believed_unless_something_contradicts(
    known: dict[str, Any], other: dict[str, Any], same: bool
) -> None:
    for left, right in ((known, other), (other, known)):
        assert is_one_account(account("a", own_id="7", **left), account("b", own_id="7", **right)) is same


def test_ids_of_two_providers_contradict_nothing() -> None:
    item = shown_by("plaid", "item", (account("p", mask="1234", own_id="7"), []))
    connection = shown_by("snaptrade", "connection", (account("s", mask="1234", own_id="8"), []))
    assert find_twin(item, connection) == ("s",)


def test_three_digits_are_not_enough_whichever_account_shows_them() -> None:
    few, many = account("a", mask="234"), account("b", mask="1234")
    assert not is_one_account(few, many)
    assert not is_one_account(many, few)


def test_other_holdings_of_unreadable_account_contradict_nothing() -> None:
    known, other = account("a", mask="1234"), account("b", mask="1234")
    assert is_one_account(replace(known, readable=False), other, FUNDS, OTHER_FUNDS)
    assert is_one_account(known, replace(other, readable=False), FUNDS, OTHER_FUNDS)


def test_account_never_stands_for_two() -> None:
    """The item has two accounts with these digits; the connection shows the one with the same holdings."""
    item = shown_by(
        "plaid", "item", (account("p1", mask="1234"), OTHER_FUNDS + FUNDS), (account("p2", mask="1234"), FUNDS)
    )
    connection = shown_by("snaptrade", "connection", (account("s1", mask="1234"), FUNDS))
    for order in permutations([item, connection]):
        [(held, twin)] = accounts.deduplicate(order).repeated
        assert {held.account.account_id, twin.account.account_id} == {"p2", "s1"}


def find_twin(item: Snapshot, *connections: Snapshot) -> tuple[str, ...]:
    """Return the accounts that are one with the item's only account."""
    (known,) = item.accounts
    found = set()
    for order in permutations([item, *connections]):
        pairs = accounts.deduplicate(order).repeated
        groups = [{held.account.account_id, twin.account.account_id} for held, twin in pairs]
        found.add(tuple(sorted(name for group in groups if known.account_id in group for name in group)))
    assert len(found) == 1, "the order of sources matters"
    return tuple(name for name in found.pop() if name != known.account_id)


def test_equal_ids_are_stronger_than_more_equal_holdings() -> None:
    item = shown_by("plaid", "item", (account("p", own_id="7"), FUNDS))
    connection = shown_by("snaptrade", "connection", (account("s1"), FUNDS), (account("s2", own_id="7"), FUNDS[:1]))
    assert find_twin(item, connection) == ("s2",)


def test_more_equal_holdings_are_stronger_than_equal_digits() -> None:
    item = shown_by("plaid", "item", (account("p", mask="1234"), FUNDS))
    connection = shown_by("snaptrade", "connection", (account("s1", mask="1234"), FUNDS[:1]), (account("s2"), FUNDS))
    assert find_twin(item, connection) == ("s2",)


def test_equal_digits_decide_between_equal_holdings() -> None:
    item = shown_by("plaid", "item", (account("p", mask="1234"), FUNDS))
    connection = shown_by("snaptrade", "connection", (account("s1"), FUNDS), (account("s2", mask="1234"), FUNDS))
    assert find_twin(item, connection) == ("s2",)


def test_first_account_wins_between_equal_evidence() -> None:
    item = shown_by("plaid", "item", (account("p"), FUNDS))
    connection = shown_by("snaptrade", "connection", (account("s1"), FUNDS), (account("s2"), FUNDS))
    assert find_twin(item, connection) == ("s1",)


def test_first_of_equally_new_accounts_counts() -> None:
    """The first and the second have nothing to compare; each is one with the third."""
    first = shown_by("plaid", "1", (account("a", own_id="7"), []))
    second = shown_by("plaid", "2", (account("b", mask="1234"), []))
    third = shown_by("snaptrade", "3", (account("c", mask="1234", own_id="7"), []))
    for order in permutations([first, second, third]):
        found = accounts.deduplicate(order)
        assert [held.account.account_id for held in found.kept] == ["a"]
        assert [held.account.account_id for held, _ in found.repeated] == ["b", "c"]


@st.composite
def sources(draw: st.DrawFn) -> list[Snapshot]:
    """Up to three sources with up to three accounts each, out of few numbers, types and holdings."""
    listed = []
    names: list[tuple[ProviderName, str]] = [("plaid", "one"), ("plaid", "two"), ("snaptrade", "three")]
    for provider, source_id in names[: draw(st.integers(1, 3))]:
        held = []
        for number in range(draw(st.integers(0, 3))):
            mask = draw(st.sampled_from(["1234", "91234", "234", None]))
            kind = draw(st.sampled_from(["brokerage", "401k", None]))
            own_id = draw(st.sampled_from([None, None, "7"]))
            rows = draw(st.lists(st.sampled_from([*FUNDS, *OTHER_FUNDS]), max_size=3))
            held.append((account(f"{source_id}{number}", mask=mask, kind=kind, own_id=own_id), rows))
        made = shown_by(provider, source_id, *held)
        listed.append(replace(made, fetch_began_at=made.fetch_began_at + draw(st.integers(0, 3))))
    return listed


@given(sources(), st.randoms(use_true_random=False))
def test_order_of_sources_does_not_matter(taken: list[Snapshot], random: object) -> None:
    shuffled = list(taken)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert accounts.deduplicate(taken) == accounts.deduplicate(shuffled)


@given(sources())
def test_group_has_one_account_of_each_source(taken: list[Snapshot]) -> None:
    found = accounts.deduplicate(taken)
    groups: dict[tuple[str, str, str], list[tuple[str, str]]] = {held.account_key: [held.source] for held in found.kept}
    for held, counted in found.repeated:
        groups[counted.account_key].append(held.source)
    assert all(len(members) == len(set(members)) for members in groups.values())
    assert sum(map(len, groups.values())) == sum(len(one.accounts) for one in taken)


@given(sources())
def test_removing_source_that_counts_nothing_changes_nothing(taken: list[Snapshot]) -> None:
    pair = taken[:2]
    found = accounts.deduplicate(pair)
    for removed in pair:
        if any(held.source == (removed.provider, removed.source_id) for held in found.kept):
            continue
        rest = accounts.deduplicate([one for one in pair if one is not removed])
        before, after = merge.merge_holdings(found, "USD"), merge.merge_holdings(rest, "USD")
        assert {**before, "accounts": []} == {**after, "accounts": []}


def test_removing_counted_source_shows_the_other_with_its_date() -> None:
    old = shown_by("plaid", "old", (account("a", mask="1234"), [holding("VTI", quantity="10")]))
    new = shown_by("plaid", "new", (account("b", mask="1234"), [holding("VTI", quantity="12")]))
    newer = replace(new, fetch_began_at=old.fetch_began_at + 3 * DAY_MS)
    both, alone = (merge.merge_holdings(accounts.deduplicate(taken), "USD") for taken in ([old, newer], [old]))
    assert [row["quantity"] for row in both["holdings"]] == [12]
    assert [row["quantity"] for row in alone["holdings"]] == [10]
    assert both["statement_date"] != alone["statement_date"]
