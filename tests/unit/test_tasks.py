"""What each task does, and when it is repeated."""

import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import tasks
from tidings.connections import plaid_link_session
from tidings.errors import StoreUnavailable
from tidings.model import ItemKey
from tidings.store import items, link_sessions, revocation, user_state
from tidings.store.item_links import UserEnded
from tidings.store.sources import SourceKey
from tidings.store.token_leases import ItemNotStored
from tidings.store.user_state import UserState


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output:
        yield output


class World:
    """Ann's link session and item, and what was done with them."""

    def __init__(self) -> None:
        self.completed: list[tuple[Any, ...]] = []
        self.revoked: list[tuple[Any, ...]] = []
        self.repeatable: Exception | None = None
        self.last: Exception | None = None
        self.is_revoked = True

    def find_session(self, token: str, _now: int) -> Any:  # noqa: ANN401 - a link session
        return SimpleNamespace(user_id="ann") if token == "ours" else None

    def complete(self, session: Any, token: str, deadline: float) -> Any:  # noqa: ANN401 - a session's results
        self.completed.append((session.user_id, token, deadline))
        return SimpleNamespace(
            raise_repeatable=lambda: self._raise(self.repeatable), last_linked=lambda: self._raise(self.last)
        )

    def _raise(self, error: Exception | None) -> None:
        if error:
            raise error

    def find_owner(self, item: ItemKey, *, consistent: bool = False) -> str | None:
        assert consistent, "a stale owner would end the task"
        return "ann" if item == ItemKey("plaid", "anns") else None

    def end_access(self, *given: object) -> bool:
        self.revoked.append(given)
        return self.is_revoked


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
    monkeypatch.setattr(link_sessions, "find_session", world.find_session)
    monkeypatch.setattr(plaid_link_session, "complete_link_session", world.complete)
    monkeypatch.setattr(items, "find_owner", world.find_owner)
    monkeypatch.setattr(revocation, "end_access", world.end_access)
    monkeypatch.setattr(revocation, "forget_account", world.end_access)
    monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState((), {}))
    return world


def run(kind: str, **about: str) -> bool:
    """Handle one message. Returns whether it is delivered again."""
    body = json.dumps({"kind": kind, "about": about})
    answer = tasks.handle({"Records": [{"messageId": "id", "body": body}]}, LambdaContext())
    return answer["batchItemFailures"] == [{"itemIdentifier": "id"}]


def test_finished_link_session_is_completed_for_its_user(world: World, output: Output) -> None:
    assert not run("complete_connection", link_token="ours")
    assert world.completed == [("ann", "ours", 120.0)]
    [line] = output.lines_with_message("task")
    assert (line["outcome"], line["provider"], line["user_id"]) == ("completed", "plaid", "ann")


def test_unknown_link_session_is_dropped(world: World, output: Output) -> None:
    assert not run("complete_connection", link_token="theirs")
    assert world.completed == []
    assert [line["problem"] for line in output.lines_with_message("task dropped")] == ["not-found"]


def test_completion_that_can_succeed_later_is_repeated(world: World, output: Output) -> None:
    world.repeatable = StoreUnavailable()
    assert run("complete_connection", link_token="ours")


@pytest.mark.parametrize("error", [ItemNotStored(), UserEnded()])
def test_completion_that_cannot_succeed_is_not_repeated(
    error: ItemNotStored | UserEnded, world: World, output: Output
) -> None:
    world.last = error
    assert not run("complete_connection", link_token="ours")
    assert [line["outcome"] for line in output.lines_with_message("task")] == [error.slug]


@pytest.mark.parametrize(("kind", "more"), [("end_access", {}), ("forget_account", {"account_id": "account"})])
def test_revoked_access_is_deleted(kind: str, more: dict[str, str], world: World, output: Output) -> None:
    source = SourceKey.of_item("ann", ItemKey("plaid", "anns"))
    assert not run(kind, item_id="anns", **more)
    assert world.revoked == [(source, *more.values())]
    world.is_revoked = False
    assert not run(kind, item_id="anns", **more)
    lines = output.lines_with_message("task")
    assert [line["outcome"] for line in lines] == ["deleted", "nothing to delete"]
    assert {(line["provider"], line["user_id"]) for line in lines} == {("plaid", "ann")}


@pytest.mark.parametrize("kind", ["end_access", "forget_account"])
def test_item_without_an_owner_has_nothing_to_delete(kind: str, world: World, output: Output) -> None:
    assert not run(kind, item_id="nobodys", account_id="account")
    assert world.revoked == []
    assert [line["outcome"] for line in output.lines_with_message("task")] == ["nothing to delete"]


def test_paid_refresh_is_executed(world: World, output: Output) -> None:
    """Its source is gone meanwhile."""
    assert not run("pull", user_id="ann", provider="plaid", source_id="a", pull_id="one")
    assert [(line["kind"], line["outcome"]) for line in output.lines_with_message("task")] == [("pull", "done before")]
