"""Reading, forgetting and expiry of the history."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.inserted_rows import KEY, USER, plant_source
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.store import history, removal
from tidings.store.history import ChangeSet, HistoryEntry, Removal
from tidings.store.observations import DayObservation, ObservedAccount, account_pseudonym
from tidings.store.sources import SourceKey

TODAY = date(2026, 11, 30)
NOON = 1_796_040_000_000
DAY_MS = 24 * 3_600_000
DAYS_KEPT = 730
OTHER = SourceKey(USER, "plaid", "it#em", KEY.item)
BOBS = KEY._replace(user_id="bob")


def day_s(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


@pytest.fixture
def today(now: StoppedClock) -> StoppedClock:
    """The clock at noon of 30 November 2026."""
    now.now = NOON
    return now


def observe(day: date, key: SourceKey = KEY, accounts: tuple[str, ...] = ("a",), linked_at: int | None = 5) -> None:
    began_at = 1000 * day_s(day) + 7
    observed = [
        ObservedAccount(
            account_pseudonym(key.user_id, (key.provider, key.source_id), name), {"USD": Decimal("1.50")}, began_at
        )
        for name in accounts
    ]
    source = (key.provider, key.source_id)
    history.day_row(key, DayObservation(day, source, began_at, linked_at, observed)).save()


def change(began_at: int, key: SourceKey = KEY, amount: str = "1.50") -> str:
    fetch_id = f"{began_at:013d}abcd"
    history.changes_row(key, fetch_id, {"value": Decimal(amount), "added": 2}).save()
    return f"change#{fetch_id}#{key.head_entry}"


def entries(tables: Tables) -> list[str]:
    return [row["entry"] for row in tables.rows("HistoryTable")]


def days_read(last: date = TODAY) -> list[tuple[date, Any]]:
    return [(day.day, day.source) for day in history.read_history(USER, last).days]


def test_observed_day_is_read_as_it_was_stored(tables: Tables, today: StoppedClock) -> None:
    observe(TODAY, OTHER, ("a", "b"))
    [day] = history.read_history(USER, TODAY).days
    assert (day.day, day.source, day.began_at, day.linked_at) == (TODAY, ("plaid", "it#em"), NOON - DAY_MS // 2 + 7, 5)
    assert [account.key for account in day.load_accounts()] == [
        account_pseudonym(USER, ("plaid", "it#em"), name) for name in ("a", "b")
    ]
    [row] = tables.rows("HistoryTable")
    assert (row["entry"], row["source"]) == ("day#2026-11-30#plaid#it#em", "plaid#it#em")
    assert row["expires_at"] == day_s(TODAY + timedelta(days=DAYS_KEPT + 1))
    assert " " not in row["content"]
    assert {name for account in json.loads(row["content"])["accounts"] for name in account} == {"key", "values"}


def test_days_up_to_the_last_one_are_read(tables: Tables, today: StoppedClock) -> None:
    wanted = [TODAY - timedelta(days=ago) for ago in (DAYS_KEPT, 1)]
    for day in (*wanted, TODAY, TODAY - timedelta(days=DAYS_KEPT + 1)):
        observe(day)
    observe(TODAY - timedelta(days=1), OTHER)
    observe(TODAY, BOBS)
    yesterday = wanted[1]
    assert days_read(yesterday) == [
        (wanted[0], ("snaptrade", "c1")),
        (yesterday, ("plaid", "it#em")),
        (yesterday, ("snaptrade", "c1")),
    ]
    assert history.oldest_day() == wanted[0]


def test_days_are_read_without_what_nobody_needs(
    tables: Tables, today: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parsing the rows takes most of the time."""
    table, returned = HistoryEntry.table(), set[str]()
    query = table.query

    def record(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - pynamodb's
        page = query(*arguments, **named)
        returned.update(*page["Items"])
        return page

    monkeypatch.setattr(table, "query", record)
    observe(TODAY)
    assert len(days_read()) == 1
    assert returned == {"entry", "content"}


@pytest.mark.parametrize("linked", [{"linked_at": 7}, {}])
def test_removal_is_read_as_it_was_recorded(tables: Tables, today: StoppedClock, linked: dict[str, int]) -> None:
    plant_source(tables, **linked)
    removal.remove_source(KEY)
    observe(TODAY)
    change(NOON)
    assert history.read_history(USER, TODAY).removals == [Removal(("snaptrade", "c1"), NOON, linked.get("linked_at"))]
    [row] = [row for row in tables.rows("HistoryTable") if row["entry"].startswith("removed#")]
    assert row["entry"] == f"removed#{NOON:013d}#snaptrade#c1"
    assert row["expires_at"] == day_s(TODAY + timedelta(days=DAYS_KEPT + 1))


def test_newest_changes_are_read_first(tables: Tables, today: StoppedClock) -> None:
    observe(TODAY)
    for ago in range(3):
        change(NOON - ago, OTHER)
    change(NOON + 1, BOBS)
    assert [one.began_at for one in history.read_changes(USER, 2)] == [NOON, NOON - 1]
    [newest] = history.read_changes(USER, 1)
    assert newest == ChangeSet(("plaid", "it#em"), NOON, {"value": Decimal("1.50"), "added": Decimal(2)})
    assert str(newest.changes["value"]) == "1.50"
    assert {type(number) for number in newest.changes.values()} == {Decimal}, "a whole amount is exact too"


def test_changes_are_kept_for_ninety_days(tables: Tables, today: StoppedClock) -> None:
    oldest = NOON - NOON % DAY_MS - 90 * DAY_MS
    for began_at in (oldest - 1, oldest):
        change(began_at)
    assert [one.began_at for one in history.read_changes(USER, 9)] == [oldest]
    ends = {row["entry"]: row["expires_at"] for row in tables.rows("HistoryTable")}
    assert ends[f"change#{oldest:013d}abcd#snaptrade#c1"] == day_s(TODAY + timedelta(days=1))


def test_changes_are_listed_with_their_source(tables: Tables, today: StoppedClock) -> None:
    observe(TODAY)
    assert history.change_entries(USER) == {}
    one, other = change(NOON), change(NOON, OTHER)
    change(NOON, BOBS)
    assert history.change_entries(USER) == {one: "snaptrade#c1", other: "plaid#it#em"}


def test_forgotten_account_leaves_the_others(tables: Tables, today: StoppedClock) -> None:
    plant_source(tables)
    removal.remove_source(KEY)
    observe(TODAY, accounts=("a", "b"))
    observe(TODAY, OTHER)
    change(NOON)
    kept = change(NOON, OTHER)
    before = {row["entry"]: row for row in tables.rows("HistoryTable")}
    history.forget_account(KEY, "a")
    after = {row["entry"]: row for row in tables.rows("HistoryTable")}
    assert set(before) - set(after) == {f"change#{NOON:013d}abcd#snaptrade#c1"}
    assert kept in after
    changed = [entry for entry, row in after.items() if row != before[entry]]
    assert changed == ["day#2026-11-30#snaptrade#c1"]
    [day] = [day for day in history.read_history(USER, TODAY).days if day.source == ("snaptrade", "c1")]
    assert [account.key for account in day.load_accounts()] == [account_pseudonym(USER, ("snaptrade", "c1"), "b")]
    assert after[changed[0]]["expires_at"] == before[changed[0]]["expires_at"]


def test_day_that_a_fetch_replaced_meanwhile_stays(tables: Tables, today: StoppedClock) -> None:
    observe(TODAY, accounts=("a", "b"))
    fetched = False

    def fetch(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        nonlocal fetched
        if model.name == "PutItem" and not fetched:
            fetched = True
            observe(TODAY, accounts=("b", "c"))

    with intercept_calls(fetch):
        history.forget_account(KEY, "a")
    [row] = tables.rows("HistoryTable")
    kept = [account["key"] for account in json.loads(row["content"])["accounts"]]
    assert kept == [account_pseudonym(USER, ("snaptrade", "c1"), name) for name in ("b", "c")]


@pytest.fixture
def small_pages(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page end after two rows, as DynamoDB ends it after a megabyte."""
    table = HistoryEntry.table()
    query = table.query

    def two_at_once(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - pynamodb's
        return query(*arguments, **{**named, "limit": min(named["limit"] or 2, 2)})

    monkeypatch.setattr(table, "query", two_at_once)


def test_newest_changes_of_several_pages_are_read(today: StoppedClock, small_pages: None) -> None:
    for ago in range(6):
        change(NOON - ago)
    assert [one.began_at for one in history.read_changes(USER, 5)] == [NOON - ago for ago in range(5)]
    assert [one.began_at for one in history.read_changes(USER, 9)] == [NOON - ago for ago in range(6)]


@pytest.mark.parametrize(
    ("forget", "left"),
    [(lambda: history.forget_source(KEY), "plaid#it#em"), (lambda: history.forget_user(USER), None)],
)
def test_forgetting_deletes_every_kind_of_row(
    tables: Tables, today: StoppedClock, forget: Callable[[], None], left: str | None
) -> None:
    plant_source(tables)
    removal.remove_source(KEY)
    for key in (KEY, OTHER, BOBS):
        observe(TODAY, key)
        change(NOON, key)
    forget()
    rows = [(row["user_id"], row["source"]) for row in tables.rows("HistoryTable")]
    assert {source for user, source in rows if user == USER} == ({left} if left else set())
    assert len([user for user, _ in rows if user == "bob"]) == 2


def test_history_of_several_pages_is_read_whole(tables: Tables, today: StoppedClock, small_pages: None) -> None:
    days = [TODAY - timedelta(days=ago) for ago in range(5)]
    for day in days:
        observe(day)
    assert days_read() == [(day, ("snaptrade", "c1")) for day in reversed(days)]
    assert len(entries(tables)) == 5
    history.forget_source(KEY)
    assert entries(tables) == []
