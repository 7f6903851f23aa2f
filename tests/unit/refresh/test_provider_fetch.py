"""One provider's fetch of several sources: which are called, what is stored, and what a result leaves."""

import threading
import time
from dataclasses import replace

import pytest

from tests.support.fakes.portfolios import account, holding, snapshot
from tests.unit.refresh.fetch_world import NOW, OK, FetchWorld, held, row
from tidings.errors import (
    ConnectionEnded,
    CoolingDown,
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderTimeout,
    ReconnectRequired,
    StoreUnavailable,
)
from tidings.holdings import FetchedHoldings
from tidings.model import EVERY_SOURCE, DiscoveredSource, ItemKey, ProviderName, StatusChange
from tidings.refresh import provider_fetch

ITEM = ItemKey("snaptrade", "item")
DISABLED = StatusChange("reconnect_required", "connection_disabled")
OUTAGE = ProviderError()
WILDCARD = row(EVERY_SOURCE)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> FetchWorld:
    return FetchWorld(monkeypatch)


def join_threads() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize("order", [1, -1])
def test_ended_source_is_told_and_not_called(world: FetchWorld, order: int) -> None:
    rows = [row("live"), row("ended", status="revoked", status_reason="closed"), row("bare", status="revoked")]
    found = world.run(*rows[::order])
    assert [source_id for source_id, _ in world.calls] == ["live"]
    errors = {source_id: one.error for source_id, one in found.items()}
    assert errors.pop("live") is None
    assert {name: isinstance(error, ConnectionEnded) and error.reason for name, error in errors.items()} == {
        "ended": "closed",
        "bare": ItemGone.slug,
    }


def test_stored_source_has_its_snapshot_and_is_ok(world: FetchWorld) -> None:
    before = held("a", digest="old")
    world.stored = [before]
    result = world.run(row("a", generation=1))["a"]
    assert (result.error, result.before, result.snapshot and result.snapshot.fetch_began_at) == (None, before, NOW)
    assert world.committed["a"][0] == before
    assert world.writes == [("clear_check_due", "a"), ("set_status", "a", OK)]
    assert world.checks == []


def test_snapshot_of_earlier_link_is_replaced_but_not_compared(world: FetchWorld) -> None:
    readings = {"value": "x"}
    earlier = held("a", link_id="earlier", digest="new", accounts=(replace(account("x"), readings=readings),))
    world.stored = [earlier]
    result = world.run(row("a", generation=1))["a"]
    assert (result.before, world.committed["a"][0], world.calls, world.checks) == (None, earlier, [("a", {})], [])
    assert [one[0] for one in world.committed["a"][1]] == ["day"]


def test_reader_learns_what_totals_decided_before(world: FetchWorld) -> None:
    readings = {"value": "x"}
    accounts = (replace(account("x"), readings=readings), account("y"))
    world.stored = [held("a", accounts=accounts), replace(snapshot("plaid", "a"), accounts=accounts[1:])]
    world.run(row("a"), everything=True)
    assert world.calls == [("a", {"x": readings})]


@pytest.mark.parametrize(
    ("generation", "digest", "is_checked"), [(1, "new", True), (0, "new", False), (1, "old", False)]
)
def test_announced_update_that_changed_nothing_is_checked(
    world: FetchWorld, generation: int, digest: str, is_checked: bool
) -> None:
    world.stored = [held("a", digest=digest)]
    world.run(row("a", generation=generation), everything=True)
    assert world.checks == ([(ITEM, 660)] if is_checked else [])


def test_first_fetch_needs_no_check(world: FetchWorld) -> None:
    world.run(row("a", generation=1))
    assert world.checks == []


@pytest.mark.parametrize(("lost", "error"), [("gone", ItemGone), ("superseded", type(None))])
def test_snapshot_that_is_not_stored_leaves_the_row(world: FetchWorld, lost: str, error: type) -> None:
    world.lost = {"a": lost}
    result = world.run(row("a"))["a"]
    assert isinstance(result.error, error)
    assert (result.snapshot, world.writes) == (None, [])


def test_history_has_the_day_and_what_changed(world: FetchWorld) -> None:
    shown = FetchedHoldings((holding(quantity="2", account_id="x"),), (account("x"),), None, None)
    world.answers = {"a": shown, "b": shown}
    accounts = (account("x"),)
    world.stored = [
        held("a", holdings=(holding(quantity="1", account_id="x"),), accounts=accounts),
        held("b", holdings=shown.holdings, accounts=accounts),
    ]
    world.run(row("a", generation=1), row("b", generation=1), row("c"))
    rows = {source_id: [one[0] for one in observed] for source_id, (_, observed) in world.committed.items()}
    assert rows == {"a": ["day", "changes"], "b": ["day"], "c": ["day"]}
    assert world.committed["a"][1][1] == ("changes", "new-a", 1)


@pytest.mark.parametrize("order", [1, -1])
def test_later_of_two_commits_knows_the_other_snapshot(world: FetchWorld, order: int) -> None:
    place: tuple[ProviderName, str] = ("snaptrade", "a")
    world.known = {place: held("a", fetch_id="old"), ("plaid", "a"): snapshot("plaid", "a")}
    world.run(*[row("a"), row("b")][::order])
    assert {name: one.fetch_id for name, one in world.known.items()} == {
        place: "new-a",
        ("plaid", "a"): "fetch",
        ("snaptrade", "b"): "new-b",
    }


def test_day_is_observed_beside_the_other_snapshots(world: FetchWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[object, ...]] = []
    monkeypatch.setattr(provider_fetch, "observe", lambda *given: seen.append(given))
    other = snapshot("plaid", "a")
    world.known = {("snaptrade", "a"): held("a"), ("plaid", "a"): other}
    new = world.run(row("a", linked_at=5))["a"].snapshot
    assert seen == [("ann", new, 5, [other])]


def test_taken_first_fetch_waits_and_unlinked_source_is_gone(world: FetchWorld) -> None:
    world.taken = ["a"]
    world.current = row("a")
    result = world.run(row("a"))["a"]
    assert (type(result.error), result.error and result.error.retry_after_s) == (CoolingDown, 60)
    assert (world.writes, world.calls) == ([], [])
    for current in (None, row("a")._replace(link_id="made anew")):
        world.current = current
        assert isinstance(world.run(row("a"))["a"].error, ItemGone)


def test_store_outage_ends_the_fetch(world: FetchWorld) -> None:
    world.answers = {"a": StoreUnavailable()}
    with pytest.raises(StoreUnavailable):
        world.run(row("a"))


@pytest.mark.parametrize(("stored", "calls"), [((), 1 + 2 + 2), (("a",), 1 + 3 + 2), (("a", "b"), 1 + 3 + 3)])
def test_calls_are_estimated_from_stored_accounts(world: FetchWorld, stored: tuple[str, ...], calls: int) -> None:
    accounts = tuple(account(name) for name in "xyz")
    world.stored = [held(name, accounts=accounts) for name in stored] + [snapshot("plaid", "a"), snapshot("plaid", "b")]
    world.run(WILDCARD, row("a"), row("b"), everything=True)
    assert world.counted == [calls]


def test_calls_of_each_item_are_estimated(world: FetchWorld) -> None:
    world.run(row("a"), row("b", "other"), row("ended", "third", status="revoked"))
    assert world.counted == [1 + 2 + 1 + 2]


def test_calls_are_estimated_for_what_will_be_fetched(world: FetchWorld) -> None:
    accounts = tuple(account(name) for name in "xyz")
    world.stored = [held("a", fetch_began_at=NOW), held("b", fetch_began_at=NOW, accounts=accounts)]
    world.run(WILDCARD, row("a", generation=1), row("b"))
    assert (world.counted, [name for name, _ in world.calls]) == ([1 + 0], ["a"])
    world.run(row(EVERY_SOURCE, generation=1), row("a", generation=1), row("b"))
    assert len(world.calls) == 3


@pytest.mark.parametrize("order", [1, -1])
def test_disabled_source_is_refused_and_the_other_fetched(world: FetchWorld, order: int) -> None:
    world.lists = {"item": [DiscoveredSource("off", None, DISABLED), DiscoveredSource("on", None, OK)]}
    found = world.run(*[row("off"), row("on")][::order])
    assert [name for name, _ in world.calls] == ["on"]
    error = found["off"].error
    assert isinstance(error, ReconnectRequired)
    assert error.reason == "connection_disabled"
    assert (found["on"].error, world.written("note_failure")) == (None, [["off", "reconnect-required"]])
    assert world.checks == [(ITEM, 660)]


def test_disabled_source_without_a_reason_is_disabled(world: FetchWorld) -> None:
    world.lists = {"item": [DiscoveredSource("off", None, StatusChange("reconnect_required"))]}
    error = world.run(row("off"))["off"].error
    assert isinstance(error, ReconnectRequired)
    assert error.reason == "disabled"


@pytest.mark.parametrize("order", [1, -1])
def test_item_that_cannot_be_listed_fails_beside_the_other(world: FetchWorld, order: int) -> None:
    world.lists = {"broken": OUTAGE}
    rows = [row("a", "broken"), row("b"), row(EVERY_SOURCE, generation=1)]
    found = world.run(*rows[::order])
    assert (found["a"].error, found["b"].error) == (OUTAGE, None)
    assert world.written("clear_all_sources") == []


def test_failure_to_list_is_the_error_if_no_source_is_known(world: FetchWorld) -> None:
    world.lists = {"item": OUTAGE}
    with pytest.raises(ProviderError) as refused:
        world.run(WILDCARD)
    assert refused.value is OUTAGE


def test_source_without_investments_is_not_fetched_again(world: FetchWorld) -> None:
    nothing = {"last_error": NotOffered.slug}
    found = world.run(row("a", status_reason="unsupported", **nothing), row("b", **nothing))
    reasons = {name: isinstance(one.error, NotOffered) and one.error.reason for name, one in found.items()}
    assert reasons == {"a": "unsupported", "b": "not_offered"}
    assert world.calls == []
    world.lists = {"broken": OUTAGE}
    assert set(world.run(row("a", **nothing), row("c", "broken"))) == {"a", "c"}
    assert world.run(WILDCARD) == {}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("error", "is_cleared"), [(None, True), (NotOffered("none"), True), (OUTAGE, False), (ProviderTimeout(), False)]
)
def test_update_of_all_sources_is_cleared_once_each_is_done(
    world: FetchWorld, order: int, error: ProviderError | None, is_cleared: bool
) -> None:
    world.answers = {"a": error} if error else {}
    world.run(*[row(EVERY_SOURCE, generation=1), row("a"), row("b")][::order])
    assert world.written("clear_all_sources") == ([[EVERY_SOURCE, NOW]] if is_cleared else [])
    assert ([EVERY_SOURCE] in world.written("clear_check_due")) is is_cleared


def test_update_of_all_sources_is_cleared_if_there_is_none(world: FetchWorld) -> None:
    assert world.run(row(EVERY_SOURCE, generation=1)) == {}
    assert world.written("clear_all_sources") == [[EVERY_SOURCE, NOW]]


def test_update_of_all_sources_stays_if_one_was_not_chosen(world: FetchWorld) -> None:
    world.stored = [held("b", fetch_began_at=NOW)]
    world.run(WILDCARD, row("a", generation=1), row("b"))
    assert world.written("clear_all_sources") == []


def test_call_that_outlasts_the_deadline_stores_nothing(world: FetchWorld) -> None:
    world.may_answer.clear()
    world.deadline = time.monotonic() + 1.0
    rows = [row(f"{number:02}") for number in range(17)]
    found = world.run(*rows, everything=True)
    assert world.answered == []
    assert {type(one.error) for one in found.values()} == {ProviderTimeout}
    assert len(found) == 17
    world.may_answer.set()
    join_threads()
    assert (len(world.calls), world.saved) == (16, [])


def test_deadline_that_is_over_is_a_timeout(world: FetchWorld) -> None:
    world.deadline = time.monotonic() - 5
    assert isinstance(world.run(row("a"))["a"].error, ProviderTimeout)
    join_threads()
    assert world.saved == []
