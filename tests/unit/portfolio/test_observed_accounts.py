"""Which accounts of a day's observations count, and which links have ended."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from tidings.portfolio import timeline
from tidings.store.history import Removal, StoredHistory
from tidings.store.observations import DayObservation, ObservedAccount

DAY = date(2026, 11, 30)
NOON = 1_796_040_000_000
DAY_MS = 86_400_000
PLAID, BROKER, THIRD = ("plaid", "item"), ("snaptrade", "c1"), ("snaptrade", "c2")


def account(key: str, value: int, *same_as: str, as_of: int = NOON, readable: bool = True) -> ObservedAccount:
    return ObservedAccount(key, {"USD": Decimal(value)}, as_of, readable, same_as)


def observed(
    source: object, *accounts: ObservedAccount, at: int = NOON, linked_at: int | None = None
) -> DayObservation:
    day = DAY + timedelta(days=(at - NOON) // DAY_MS)
    return DayObservation(day, source, at, linked_at, accounts)  # type: ignore[arg-type]


def total(*days: DayObservation) -> Decimal:
    """Return the last point's total, which no order of the rows may change."""
    found = set()
    for order in permutations(days):
        last = [*timeline.draw_points(StoredHistory(list(order), []), DAY)][-1]
        found.add(timeline.totals_by_currency(last.amounts)["USD"])
    assert len(found) == 1
    return found.pop()


def test_account_of_two_sources_counts_once_if_either_observation_says_so() -> None:
    assert total(observed(PLAID, account("a", 5)), observed(BROKER, account("b", 7, "a"))) == 5
    assert total(observed(PLAID, account("a", 5, "b")), observed(BROKER, account("b", 7))) == 5


def test_newest_rows_count() -> None:
    older, newer = account("a", 5, "b"), account("b", 7, "a", as_of=NOON + 1)
    assert total(observed(PLAID, older), observed(BROKER, newer, at=NOON + 1)) == 7


def test_account_that_can_be_read_counts() -> None:
    newer = account("b", 7, "a", as_of=NOON + 1, readable=False)
    assert total(observed(PLAID, account("a", 5, "b")), observed(BROKER, newer, at=NOON + 1)) == 5


def test_first_source_counts_if_both_are_as_new() -> None:
    assert total(observed(BROKER, account("a", 5, "z")), observed(PLAID, account("z", 7, "a"))) == 7


def test_newer_observation_decides_that_accounts_differ() -> None:
    assert total(observed(PLAID, account("a", 5, "b")), observed(BROKER, account("b", 7), at=NOON + 1)) == 12


def test_accounts_of_one_source_never_stand_for_each_other() -> None:
    """Yesterday the account was the other source's first one; today it is the second. Both of those count."""
    before = observed(PLAID, account("a", 5, "b1"), at=NOON)
    after = observed(BROKER, account("b1", 7), account("b2", 5, "a", as_of=NOON + DAY_MS), at=NOON + DAY_MS)
    assert total(before, after) == 12


def test_account_of_three_sources_counts_once() -> None:
    days = (
        observed(PLAID, account("a", 5, "b")),
        observed(BROKER, account("b", 5)),
        observed(THIRD, account("c", 5, "b")),
    )
    assert total(*days) == 5


def test_removal_ends_link_whatever_the_clocks_say() -> None:
    """The removal's machine is behind the fetch's."""
    day = observed(BROKER, account("b", 7), linked_at=1)
    history = StoredHistory([day, observed(PLAID, account("a", 5))], [Removal(BROKER, NOON - 2_000, 1)])  # type: ignore[arg-type]
    assert [timeline.totals_by_currency(point.amounts) for point in timeline.draw_points(history, DAY)] == [
        {"USD": Decimal(5)}
    ]


def test_removal_leaves_later_link() -> None:
    day = observed(BROKER, account("b", 7), linked_at=2)
    history = StoredHistory([day], [Removal(BROKER, NOON + 2_000, 1)])  # type: ignore[arg-type]
    assert [timeline.totals_by_currency(point.amounts) for point in timeline.draw_points(history, DAY)] == [
        {"USD": Decimal(7)}
    ]


@pytest.mark.parametrize(("removed", "kinds"), [(1, [True, False]), (2, [True])])
def test_events_are_those_of_links_with_points(removed: int, kinds: list[bool]) -> None:
    day = observed(BROKER, account("b", 7), linked_at=1)
    history = StoredHistory([day], [Removal(BROKER, NOON + 2_000, removed)])  # type: ignore[arg-type]
    assert [event.is_addition for event in timeline.list_events(history)] == kinds


def test_events_are_in_order_of_time_and_source() -> None:
    later, first, unknown = (
        observed(BROKER, account("b", 7), linked_at=2),
        observed(PLAID, account("a", 5), linked_at=2),
        observed(THIRD, account("c", 5), linked_at=None),
    )
    ended = [(THIRD, NOON, None), (BROKER, NOON, 2), (PLAID, 1, 2), (PLAID, 9, 8)]
    removals = [Removal(source, at, linked_at) for source, at, linked_at in ended]  # type: ignore[arg-type]
    for days in permutations([later, first, unknown]):
        found = timeline.list_events(StoredHistory(list(days), removals))
        assert [(event.is_addition, event.source, event.at) for event in found] == [
            (False, PLAID, 1),
            (True, PLAID, 2),
            (True, BROKER, 2),
            (False, BROKER, NOON),
            (False, THIRD, NOON),
        ]


def test_point_has_newest_observation_of_each_source_in_order() -> None:
    """A day without a fetch has no point, and a day before the first one wanted is known all the same."""
    old = observed(THIRD, account("c", 1), at=NOON - 5 * DAY_MS)
    before = observed(BROKER, account("b", 2), at=NOON - DAY_MS)
    today = observed(PLAID, account("a", 4))
    later = observed(BROKER, account("b", 8, as_of=NOON + 2 * DAY_MS), at=NOON + 2 * DAY_MS)
    for days in permutations([old, before, today, later]):
        points = timeline.draw_points(StoredHistory(list(days), []), DAY - timedelta(days=1))
        assert [(point.day, list(point.observed)) for point in points] == [
            (before.day, [before, old]),
            (today.day, [today, before, old]),
            (later.day, [today, later, old]),
        ]
        assert [timeline.totals_by_currency(point.amounts)["USD"] for point in points] == [3, 7, 13]


def test_source_that_ended_that_day_or_before_has_no_part_in_a_point() -> None:
    ended = observed(BROKER, account("b", 2), at=NOON - 2 * DAY_MS, linked_at=1)
    days = [ended, *(observed(PLAID, account("a", 4), at=NOON - age * DAY_MS) for age in (2, 1, 0))]
    removal = Removal(BROKER, NOON - DAY_MS, 1)  # type: ignore[arg-type]
    points = timeline.draw_points(StoredHistory(days, [removal]), DAY - timedelta(days=2))
    assert [timeline.totals_by_currency(point.amounts)["USD"] for point in points] == [6, 4, 4]


def test_amounts_are_summed_by_currency_and_date_in_order() -> None:
    both = ObservedAccount("a", {"USD": Decimal(5), "CAD": Decimal(3)}, NOON)
    [point] = timeline.draw_points(StoredHistory([observed(PLAID, both, account("b", 2))], []), DAY)
    assert sorted(point.amounts) == [("CAD", DAY, Decimal(3)), ("USD", DAY, Decimal(7))]
    older = account("c", 1, as_of=NOON - DAY_MS)
    [point] = timeline.draw_points(StoredHistory([observed(PLAID, both, older)], []), DAY)
    assert list(timeline.totals_by_currency(point.amounts).items()) == [("CAD", Decimal(3)), ("USD", Decimal(6))]


def test_day_on_which_the_only_fetched_source_ended_has_no_point() -> None:
    """Of the others nothing is known of that day."""
    before = observed(PLAID, account("a", 4), at=NOON - DAY_MS)
    ended = observed(BROKER, account("b", 2), linked_at=1)
    history = StoredHistory([before, ended], [Removal(BROKER, NOON + 1, 1)])  # type: ignore[arg-type]
    assert [point.day for point in timeline.draw_points(history, DAY - timedelta(days=2))] == [before.day]


def test_newest_observation_is_believed_first() -> None:
    """It unites three accounts, so the older claim that one of them is another of the same source is void."""
    oldest = observed(THIRD, account("c1", 5), account("c2", 100))
    older = observed(PLAID, account("a", 7, "c2", as_of=NOON + DAY_MS), at=NOON + DAY_MS)
    newest = observed(BROKER, account("b", 6, "c1", "a", as_of=NOON + 2 * DAY_MS), at=NOON + 2 * DAY_MS)
    assert total(oldest, older, newest) == 106
