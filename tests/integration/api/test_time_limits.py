"""Calls that hang: every path responds in time, whichever of its calls is the first to hang."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.stack import Stack
from tests.support.drivers import deferred_queue, reconcile_queue, tasks_queue
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.virtual_time import HangsAt, virtual_time
from tidings.aws import secrets
from tidings.errors import StoreUnavailable

YEAR_S = 365 * 86400
LIMITS_S = {
    name: function["Properties"]["Timeout"]
    for name, function in Stack.from_template().resources_of_type("AWS::Lambda::Function").items()
}
"""When Lambda kills each function."""


@dataclass(frozen=True)
class World:
    app: App
    cookie: str
    plaid: LinkedSource
    snaptrade: LinkedSource
    clock: StoppedClock

    def sources(self) -> tuple[LinkedSource, LinkedSource]:
        return self.plaid, self.snaptrade


Prepared = Callable[[], Any]
Path = Callable[[World], Prepared]
"""Prepares an invocation; what it returns runs it."""


@pytest.fixture
def world(app: App, stopped_clock: StoppedClock) -> World:
    cookie = app.sign_in(lasts_s=YEAR_S)
    plaid, snaptrade = (app.link_and_refresh(cookie, provider) for provider in ("plaid", "snaptrade"))
    return World(app, cookie, plaid, snaptrade, stopped_clock)


def request(route: str, **sent: Any) -> Path:  # noqa: ANN401
    return lambda world: lambda: world.app.request(route, world.cookie, **sent)


def refresh(world: World) -> Prepared:
    world.clock.advance(61)
    for source in world.sources():
        world.app.trade(source)
    return lambda: world.app.refresh(world.cookie)


def webhook(provider: ProviderName) -> Path:
    def prepare(world: World) -> Prepared:
        source = world.plaid if provider == "plaid" else world.snaptrade
        [caught] = world.app.providers.capture_webhooks(provider, **source.control_arguments)
        return lambda: world.app.deliver(provider, caught)

    return prepare


def exchange(world: World) -> Prepared:
    token = world.app.providers.plaid_public_token(f"{world.app.providers.catcher.url}/plaid")
    return lambda: world.app.request("POST /plaid/exchange-public-token", world.cookie, body={"public_token": token})


def unlinked_reader(world: World) -> Prepared:
    """A user of an older backend, whose SnapTrade user the first read adopts."""
    cookie = world.app.sign_in(f"user-{world.clock.now}", lasts_s=YEAR_S)
    world.clock.advance(1)
    return lambda: world.app.request("GET /api/snaptrade/holdings", cookie)


def status_checks(world: World) -> Prepared:
    world.clock.advance(10 * 86400)
    items = [f"{source.provider}#{source.item_id}" for source in world.sources()]
    messages = [reconcile_queue.status_check_message(item) for item in [*items, *items, items[0]]]
    return lambda: reconcile_queue.process_messages(*messages)


def scheduled_run(_world: World) -> Prepared:
    def start() -> None:
        with suppress(StoreUnavailable):  # Lambda repeats it
            reconcile_queue.start_run()

    return start


def deferred_webhooks(world: World) -> Prepared:
    queue = deferred_queue.connect_queue()
    queue.drain()
    for number in range(5):
        prepared = webhook("plaid" if number % 2 else "snaptrade")(world)
        with virtual_time(lambda _number, text: "TransactItems" in text):
            prepared()
    messages = queue.drain()
    assert len(messages) == 5
    return lambda: deferred_queue.process_messages(*messages)


def revocation(world: World) -> Prepared:
    message = {"kind": "forget_account", "about": {"item_id": world.plaid.item_id, "account_id": "none"}}
    return lambda: tasks_queue.process_messages(message)


PATHS: dict[str, tuple[str, Path]] = {
    "poll": ("PendingFunction", request("GET /pending-updates")),
    "progress of paid refreshes": ("PendingFunction", request("GET /holdings/refresh")),
    "holdings": ("HoldingsFunction", request("GET /holdings")),
    "first read of an older user": ("HoldingsFunction", unlinked_reader),
    "refresh": ("RefreshFunction", refresh),
    "Plaid's webhook": ("WebhookPlaidFunction", webhook("plaid")),
    "SnapTrade's webhook": ("WebhookSnapTradeFunction", webhook("snaptrade")),
    "list of connections": ("ConnectionsFunction", request("GET /connections")),
    "Plaid's connection URL": ("ConnectionsFunction", request("POST /plaid/create-connection-url", body={})),
    "SnapTrade's portal": ("ConnectionsFunction", request("POST /api/snaptrade/create-connection-url", body={})),
    "exchange of a public token": ("ConnectionsFunction", exchange),
    "batch of deferred webhooks": ("DeferredWebhooksFunction", deferred_webhooks),
    "task": ("TasksFunction", revocation),
    "batch of status checks": ("ReconcileFunction", status_checks),
    "scheduled run": ("ReconcileFunction", scheduled_run),
}


def run(world: World, path: Path, hangs_at: HangsAt = lambda _number, _text: False) -> tuple[Any, float, int]:
    """Return the response, the seconds until it and the number of calls."""
    prepared = path(world)
    secrets.clear_cache()
    with virtual_time(hangs_at) as virtual:
        began_at = virtual.now_s
        response = prepared()
        return response, virtual.now_s - began_at, virtual.calls


@pytest.mark.parametrize(("function", "path"), PATHS.values(), ids=PATHS)
def test_path_ends_before_its_function_is_killed(world: World, function: str, path: Path) -> None:
    _, took_s, calls = run(world, path)
    assert took_s == 0
    assert calls > 1
    for first in range(calls):
        response, took_s, _ = run(world, path, lambda number, _text, first=first: number >= first)  # type: ignore[misc]
        assert took_s <= LIMITS_S[function] - 1, f"the call number {first} hangs"
        if function.startswith("Webhook"):
            assert took_s <= 9
            assert response.status in {200, 503}


@pytest.mark.parametrize("route", ["GET /pending-updates", "GET /holdings"])
def test_read_with_hanging_update_state_is_200_within_5_s(world: World, route: str) -> None:
    response, took_s, _ = run(world, request(route), lambda _number, text: "update-state" in text)
    assert (response.status, took_s <= 5) == (200, True), f"{took_s} s"
    body = response.json
    assert (body["holdings"]["portfolio_metadata"] if "holdings" in body else body)["state_unknown"] is True


@pytest.mark.parametrize("table", ["update-state", "provider-items", "holdings", "sessions"])
def test_refresh_with_hanging_table_is_503_within_10_s(world: World, table: str) -> None:
    response, took_s, _ = run(world, refresh, lambda _number, text: f'"{table}"' in text)
    assert (response.status, took_s <= 10) == (503, True), f"{took_s} s"


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_webhook_with_hanging_store_is_deferred_within_9_s(world: World, provider: ProviderName) -> None:
    response, took_s, _ = run(world, webhook(provider), lambda _number, text: "dynamodb." in text)
    assert response.json == {"status": "deferred"}
    assert took_s <= 9
