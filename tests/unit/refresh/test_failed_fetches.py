"""What a failed fetch stores about its source, and which sources a first fetch calls."""

import time

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tests.unit.refresh.fetch_world import NOW, OK, FetchWorld, row
from tidings.aws import queues
from tidings.concurrency import remaining_s
from tidings.errors import (
    EndReported,
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderNotReady,
    ProviderTimeout,
    ReconnectRequired,
)
from tidings.model import DiscoveredSource, ItemKey, StatusChange

DISABLED = StatusChange("reconnect_required", "connection_disabled")
ITEM = ItemKey("snaptrade", "item")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> FetchWorld:
    return FetchWorld(monkeypatch)


@pytest.mark.parametrize("error", [ProviderError(), ProviderTimeout()])
def test_failure_is_noted_and_its_first_one_checked(world: FetchWorld, error: ProviderError) -> None:
    world.answers = {"a": error}
    assert world.run(row("a"))["a"].error is error
    assert world.writes == [("note_failure", "a", error.slug)]
    assert world.checks == [(ITEM, 660)]


def test_further_failure_asks_for_no_check(world: FetchWorld) -> None:
    world.answers = {"a": ProviderError()}
    world.run(row("a", last_error="provider-outage"))
    assert (len(world.writes), world.checks) == (1, [])


@pytest.mark.parametrize("error", [ReconnectRequired("login"), ItemGone("closed")])
def test_lost_login_and_end_are_the_status(world: FetchWorld, error: ReconnectRequired | ItemGone) -> None:
    world.answers = {"a": error}
    assert world.run(row("a"))["a"].error is error
    assert world.writes == [("set_status", "a", error.status_change), ("note_failure", "a", error.slug)]


@pytest.mark.parametrize("is_believed", [True, False])
def test_reported_end_is_an_outage_until_it_is_believed(world: FetchWorld, is_believed: bool) -> None:
    world.answers = {"a": EndReported("unsupported")}
    world.is_end_believed = is_believed
    error = world.run(row("a"))["a"].error
    if is_believed:
        assert isinstance(error, ItemGone)
        assert error.reason == "unsupported"
    else:
        assert isinstance(error, EndReported)
    assert len(world.written("set_status")) == is_believed


def test_end_that_is_not_reported_is_not_believed(world: FetchWorld) -> None:
    world.answers, world.is_end_believed = {"a": ProviderError()}, True
    assert type(world.run(row("a"))["a"].error) is ProviderError


def test_provider_that_is_not_ready_gives_the_first_fetch_back(world: FetchWorld) -> None:
    world.answers = {"a": ProviderNotReady(), "b": ProviderError()}
    world.run(row("a"), row("b"))
    assert world.written("give_back") == [["a", "ours", NOW]]


def test_source_without_investments_is_cleared(world: FetchWorld) -> None:
    error = NotOffered("unsupported")
    world.answers = {"a": error}
    assert world.run(row("a"))["a"].error is error
    assert world.writes == [
        ("clear_unfetched", "a", NotOffered.slug),
        ("clear_check_due", "a"),
        ("set_status", "a", StatusChange("ok", "unsupported")),
    ]
    assert world.checks == []


def test_checks_are_requested_of_each_item_once_in_order(world: FetchWorld) -> None:
    items = [f"item-{number}" for number in range(9)]
    rows = [row(f"{item}-{name}", item) for item in reversed(items) for name in "ab"]
    world.answers = {one.source_id: ProviderError() for one in rows}
    world.run(*rows)
    assert [item.item_id for item, _ in world.checks] == items


def test_checks_are_requested_within_two_seconds(world: FetchWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []
    world.answers = {"a": ProviderError()}
    world.lists = {"item": [DiscoveredSource("a")]}
    fetch = world.fetch(row("a"))
    fetch.run()
    replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
    monkeypatch.setattr(queues, "request_status_check", lambda *_: limits.append(remaining_s()))
    fetch.request_checks()
    assert limits == [2.0]


def test_own_first_fetches_alone_are_made_within_cooldown(world: FetchWorld) -> None:
    rows = [row("own", first_fetch_by="ours"), row("theirs", first_fetch_by="theirs"), row("old")]
    [result] = world.fetch(*rows).fetch_first()
    assert (result.source_id, result.error, world.counted) == ("own", None, [1 + 2])


@pytest.mark.parametrize("order", [1, -1])
def test_disabled_first_source_is_refused_beside_the_other(world: FetchWorld, order: int) -> None:
    rows = [row("on"), row("off"), row("unlisted")][::order]
    found = {"off": DiscoveredSource("off", None, DISABLED), "on": DiscoveredSource("on", None, OK)}
    results = {one.source_id: one.error for one in world.fetch(row("old")).fetch_first(rows, found)}
    assert {name: type(error) for name, error in results.items()} == {
        "on": type(None),
        "unlisted": type(None),
        "off": ReconnectRequired,
    }
    assert world.counted == [1 + 2 * 2]


def test_no_call_is_counted_without_a_first_fetch(world: FetchWorld) -> None:
    found = {"off": DiscoveredSource("off", None, DISABLED)}
    [result] = world.fetch().fetch_first([row("off")], found)
    assert isinstance(result.error, ReconnectRequired)
    assert (world.counted, world.calls) == ([], [])


def test_fetch_began_when_it_was_built(world: FetchWorld) -> None:
    assert world.fetch().began_at == NOW
