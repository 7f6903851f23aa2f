"""Linking concurrently with other users, with webhooks and in two tabs."""

import json
from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App
from tests.support.drivers.process_pool import Invocation, ProcessPool, request_invocation, webhook_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.fault_injection import Pause, Paused

EXCHANGE = "POST /plaid/exchange-public-token"
PORTAL = "POST /api/snaptrade/create-connection-url"


@pytest.fixture
def unlinked(app: App) -> dict[str, Any]:
    """An unlinked Plaid item; every exchange of a public token returns it."""
    item: dict[str, Any] = app.providers.plaid("connect", webhook=f"{app.providers.catcher.url}/plaid")
    app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=200, body=item)
    return item


def exchange(cookie: str, token: str, **how: Any) -> Invocation:  # noqa: ANN401
    return request_invocation(EXCHANGE, cookie, body={"public_token": token}, **how)


@pytest.mark.invariant(id="I7")
@pytest.mark.parametrize("round_", range(3))
def test_item_linked_concurrently_has_one_owner(
    app: App, engine: Engine, process_pool: ProcessPool, unlinked: dict[str, Any], round_: int
) -> None:
    users = [UserDriver(app, engine.dynamodb) for _ in range(2)]
    answers = process_pool.run_concurrently(exchange(user.cookie, f"public-{user.user_id}-{round_}") for user in users)

    assert sorted(answered.status for answered in answers) == [201, 409]
    entry = f"source#plaid#{unlinked['item_id']}"
    owners = [user for user, answered in zip(users, answers, strict=True) if answered.status == 201]
    assert [user for user in users if entry in user.state()] == owners
    assert owners[0].state()[entry]["generation"] == 1


def test_item_linked_twice_concurrently_is_one_source(
    user_driver: UserDriver, process_pool: ProcessPool, unlinked: dict[str, Any]
) -> None:
    answers = process_pool.run_concurrently(
        exchange(user_driver.cookie, f"public-{user_driver.user_id}-{tab}") for tab in range(2)
    )

    assert [answered.status for answered in answers] == [201, 201]
    rows = user_driver.state()
    assert list(rows) == [f"source#plaid#{unlinked['item_id']}"]
    assert rows[f"source#plaid#{unlinked['item_id']}"]["generation"] == 2


def test_concurrent_requests_exchange_public_token_once(
    user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, unlinked: dict[str, Any]
) -> None:
    """The other requests get 409 or the first one's result."""
    token = f"public-{user_driver.user_id}"
    answers = process_pool.run_concurrently(exchange(user_driver.cookie, token) for _ in range(10))
    again = user_driver.app.request(EXCHANGE, user_driver.cookie, body={"public_token": token})

    assert {answered.status for answered in answers} <= {201, 409}
    assert [json.loads(answered.text)["item_id"] for answered in answers if answered.status == 201]
    assert (again.status, again.json["item_id"]) == (201, unlinked["item_id"])
    assert len(user_driver.app.providers.calls("plaid", "/item/public_token/exchange")) == 1


@pytest.mark.invariant(id="I6")
@pytest.mark.parametrize("round_", range(2))
def test_every_webhook_during_link_is_counted(
    user_driver: UserDriver, process_pool: ProcessPool, unlinked: dict[str, Any], round_: int
) -> None:
    """Some arrive before the link as orphans, some after it, some during it."""
    storm = user_driver.app.providers.capture_webhooks("plaid", item_id=unlinked["item_id"], times=30, distinct=True)
    deliveries = [webhook_invocation("plaid", one) for one in storm]
    linking = exchange(user_driver.cookie, f"public-{user_driver.user_id}")
    answers = process_pool.run_concurrently([*deliveries[:10], linking, *deliveries[10:]])

    assert [answered.status for answered in answers] == [200] * 10 + [201] + [200] * 20
    row = user_driver.state()[f"source#plaid#{unlinked['item_id']}"]
    assert row["generation"] == 1 + len(storm)


def test_concurrent_tabs_register_user_once(user_driver: UserDriver, process_pool: ProcessPool) -> None:
    answers = process_pool.run_concurrently(request_invocation(PORTAL, user_driver.cookie, body={}) for _ in range(8))

    assert {answered.status for answered in answers} <= {200, 409}
    assert 200 in {answered.status for answered in answers}
    assert {parse_problem(answered.text) for answered in answers if answered.status == 409} <= {"conflict"}
    assert len(user_driver.app.providers.calls("snaptrade", "/snapTrade/registerUser")) == 1
    assert user_driver.app.request(PORTAL, user_driver.cookie, body={}).status == 200


def test_stale_tab_does_not_register_again(user_driver: UserDriver, process_pool: ProcessPool) -> None:
    stale_tab = process_pool.start_process(
        request_invocation(PORTAL, user_driver.cookie, body={}, store_fault=Pause(at=4))
    )
    assert stale_tab.outcome() == Paused("GetItem")  # it found no credential, and is about to acquire the lease
    assert user_driver.app.request(PORTAL, user_driver.cookie, body={}).status == 200

    stale_tab.proceed()
    answered = stale_tab.response()
    assert answered.status == 409
    assert parse_problem(answered.text) == "conflict"
    assert len(user_driver.app.providers.calls("snaptrade", "/snapTrade/registerUser")) == 1


def parse_problem(text: str) -> str:
    return str(json.loads(text)["type"]).removeprefix("urn:tidings:problem:")
