"""An exchange without a response, or whose item could not be ended, is repeated, or counted as lost and shown."""

from typing import Any

import pytest

from tests.integration.connections.lost_items import (
    EXCHANGE,
    NOT_STORED,
    REMOVE,
    SHOWN_AS_NOT_STORED,
    UNKNOWN_TOKEN,
    Outage,
    list_statuses,
)
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.drivers.plaid_link import create_public_token, exchange
from tests.support.fakes.clock import StoppedClock
from tidings.connections import plaid as plaid_routes
from tidings.connections import plaid_exchange
from tidings.store import token_leases

pytestmark = pytest.mark.invariant(id="I11")


def test_item_that_cannot_be_ended_is_counted_and_shown(
    app: App, cookie: str, output: Output, kms_down: Outage
) -> None:
    app.providers.plaid("faults", path=REMOVE, kind="status", status=500)
    with kms_down:
        assert exchange(app, cookie, create_public_token(app)).status == 503
    assert output.metric_sum("ItemLost", provider="plaid") == 1
    assert list_statuses(app, cookie) == SHOWN_AS_NOT_STORED


def test_lost_response_of_exchange_is_counted_and_shown(app: App, cookie: str, output: Output) -> None:
    token = create_public_token(app)
    app.providers.plaid("faults", path=EXCHANGE, kind="close", performed=True, times=1)
    assert exchange(app, cookie, token).status == 502
    refused = exchange(app, cookie, token)
    assert (refused.status, refused.json["type"]) == (409, NOT_STORED)
    assert output.metric_sum("ItemLost", provider="plaid") == 1
    assert list_statuses(app, cookie) == SHOWN_AS_NOT_STORED
    assert exchange(app, cookie, token).status == 409
    assert output.metric_sum("ItemLost") == 1, "counted once"


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 429}, {"kind": "status", "status": 500}, {"kind": "close"}]
)
def test_failed_exchange_of_unused_token_is_repeated(
    app: App, cookie: str, output: Output, fault: dict[str, Any]
) -> None:
    token = create_public_token(app)
    for _ in range(2):
        app.providers.plaid("faults", path=EXCHANGE, times=1, **fault)
        assert exchange(app, cookie, token).status >= 429
    assert exchange(app, cookie, token).status == 201
    assert output.metric_sum("ItemLost") == 0


def test_refusal_before_use_keeps_doubt_of_earlier_attempt(app: App, cookie: str, output: Output) -> None:
    token = create_public_token(app)
    app.providers.plaid("faults", path=EXCHANGE, kind="close", performed=True, times=1)
    assert exchange(app, cookie, token).status == 502
    app.providers.plaid("faults", path=EXCHANGE, kind="status", status=429, times=1)
    assert exchange(app, cookie, token).status == 429
    assert exchange(app, cookie, token).json["type"] == NOT_STORED
    assert output.metric_sum("ItemLost") == 1


def test_exchange_that_was_killed_is_found_by_reconciler(
    app: App, cookie: str, output: Output, stopped_clock: StoppedClock
) -> None:
    token_leases.acquire_lease("public-of-killed-request", "alice", "First Platypus Bank", stopped_clock.now)
    stopped_clock.advance(31 * 60 - 1)
    reconcile_queue.start_run()
    assert output.metric_sum("ItemLost") == 0
    stopped_clock.advance(1)
    for _ in range(2):
        reconcile_queue.start_run()
    assert output.metric_sum("ItemLost", provider="plaid") == 1
    [shown] = app.connections(cookie)
    assert (shown["status_reason"], shown["institution"]) == ("not_stored", "First Platypus Bank")


def test_given_up_item_that_was_not_ended_is_found_by_reconciler(
    app: App, cookie: str, output: Output, stopped_clock: StoppedClock
) -> None:
    lease = token_leases.acquire_lease("public-of-killed-request", "alice", None, stopped_clock.now)
    assert isinstance(lease, token_leases.Lease)
    assert token_leases.give_up(lease, "ending", stopped_clock.now)
    stopped_clock.advance(32 * 60)
    for _ in range(2):
        reconcile_queue.start_run()
    assert output.metric_sum("ItemLost") == 1


@pytest.mark.parametrize("linked", [True, False])
def test_reconciler_leaves_linked_and_refused_tokens(
    app: App, cookie: str, output: Output, stopped_clock: StoppedClock, linked: bool
) -> None:
    token = create_public_token(app) if linked else UNKNOWN_TOKEN
    assert exchange(app, cookie, token).status == (201 if linked else 400)
    stopped_clock.advance(3600)
    reconcile_queue.start_run()
    assert output.metric_sum("ItemLost") == 0


def test_exchange_that_could_time_out_is_not_begun(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = create_public_token(app)
    with monkeypatch.context() as patch:
        patch.setattr(plaid_routes, "EXCHANGE_UNTIL_S", plaid_exchange.LEAST_EXCHANGE_S - 0.1)
        assert exchange(app, cookie, token).status == 504
    assert app.providers.calls("plaid", EXCHANGE) == []
    assert exchange(app, cookie, token).status == 201
