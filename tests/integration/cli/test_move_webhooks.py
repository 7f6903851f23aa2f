"""`tidings items move-webhooks`: every item delivers to the new address, despite errors on the way."""

import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.app import App
from tests.support.drivers.operator import CommandOutput, Operator
from tidings_cli import webhook_urls

UPDATE = "/item/webhook/update"
URL = "https://moved.example/plaid"


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the command waited, each time; it does not really wait."""
    waited: list[float] = []
    monkeypatch.setattr(webhook_urls, "time", SimpleNamespace(monotonic=time.monotonic, sleep=waited.append))
    return waited


@pytest.fixture
def linked(operator: Operator, app: App, cookie: str, waited: list[float]) -> Sequence[str]:
    """Three linked items, in the command's order."""
    mine = {app.link_plaid(cookie) for _ in range(3)}
    assert move(operator).code == 0
    order = updated(app)
    assert set(order) == mine
    app.providers.reset()
    waited.clear()
    return order


def move(operator: Operator, *arguments: str) -> CommandOutput:
    return operator.run("items", "move-webhooks", URL, *arguments)


def updated(app: App) -> list[str]:
    """Return the items for which Plaid got a new address, in this order."""
    return [call["item_id"] for call in app.providers.calls("plaid", UPDATE) if "item_id" in call]


def fail_next(app: App, **fault: Any) -> None:  # noqa: ANN401 - whatever a fault has
    app.providers.plaid("faults", path=UPDATE, kind="status", times=1, **fault)


def test_dry_run_calls_no_provider(operator: Operator, app: App, linked: Sequence[str]) -> None:
    moved = move(operator, "--dry-run")
    assert (moved.code, moved.out) == (0, "3 items to move.\n")
    assert updated(app) == []


def test_moving_again_leaves_every_item_at_new_address(operator: Operator, app: App, linked: Sequence[str]) -> None:
    moved = move(operator)
    assert (moved.code, moved.out) == (0, "3 moved, 0 gone, 0 failed\n")
    webhooks = [app.providers.plaid_simulator.state["items"][item_id]["webhook"] for item_id in linked]
    assert webhooks == [URL] * 3


@pytest.mark.parametrize(("options", "pause_s"), [((), 0.5), (("--per-minute", "30"), 2)])
def test_items_are_moved_no_faster_than_asked(
    operator: Operator,
    linked: Sequence[str],
    waited: list[float],
    monkeypatch: pytest.MonkeyPatch,
    options: Sequence[str],
    pause_s: float,
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(webhook_urls, "time", SimpleNamespace(monotonic=lambda: now, sleep=waited.append))
    assert move(operator, *options).code == 0
    assert waited == [pause_s] * 3


def test_move_resumes_after_given_item(operator: Operator, app: App, linked: Sequence[str]) -> None:
    assert move(operator, "--after", linked[0]).code == 0
    assert updated(app) == list(linked[1:])


def test_wrong_keys_stop_the_move_and_name_where_to_continue(
    operator: Operator, app: App, linked: Sequence[str]
) -> None:
    body = {"error_type": "INVALID_INPUT", "error_code": "INVALID_API_KEYS", "error_message": "invalid"}
    fail_next(app, status=400, body=body)
    stopped = move(operator, "--after", linked[0])
    assert stopped.code == 1
    assert f"Stopped; continue with --after {linked[0]}" in stopped.err
    assert "INVALID_API_KEYS" in stopped.err


def test_failed_item_is_named_and_others_are_moved(operator: Operator, app: App, linked: Sequence[str]) -> None:
    fail_next(app, status=500)
    moved = move(operator)
    assert (moved.code, moved.out) == (1, "2 moved, 0 gone, 1 failed\n")
    assert moved.err.startswith(f"{linked[0]}: ")


def test_rate_limit_is_waited_out(operator: Operator, app: App, linked: Sequence[str], waited: list[float]) -> None:
    fail_next(app, status=429, headers={"retry-after": "7"})
    moved = move(operator, "--after", linked[1])
    assert (moved.code, moved.out) == (0, "1 moved, 0 gone, 0 failed\n")
    assert waited[0] == 7


def test_item_that_plaid_does_not_know_is_counted_as_gone(operator: Operator, app: App, linked: Sequence[str]) -> None:
    fail_next(app, status=400, body={"error_type": "ITEM_ERROR", "error_code": "ITEM_NOT_FOUND", "error_message": "?"})
    moved = move(operator)
    assert (moved.code, moved.out) == (0, "2 moved, 1 gone, 0 failed\n")


@pytest.mark.parametrize("address", ["http://example.com/plaid", "example.com", "https://", "https://a.example/?x=1"])
def test_unusable_address_is_refused(operator: Operator, address: str) -> None:
    refused = operator.run("items", "move-webhooks", address)
    assert refused.code == 2
    assert "Usage" in refused.err
