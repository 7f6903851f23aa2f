"""Disconnecting a source during a refresh: nothing of it returns."""

import pytest

from tests.support.drivers.app import DISCONNECT, LinkedSource
from tests.support.drivers.process_pool import ProcessPool, refresh_invocation, request_invocation, webhook_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.faults.fault_injection import Pause, Paused

pytestmark = pytest.mark.invariant(id="I8")


def unlink(user_driver: UserDriver, linked: LinkedSource) -> None:
    answered = user_driver.app.disconnect(user_driver.cookie, linked)
    assert answered.status == 204, answered.text


def end_by_event(user_driver: UserDriver, linked: LinkedSource) -> None:
    user_driver.deliver_webhooks(linked, user_driver.capture_webhooks(linked, event_type="CONNECTION_DELETED"))


@pytest.mark.parametrize("ahead_of", ["BatchWriteItem", "TransactWriteItems"])
@pytest.mark.parametrize(("provider", "end"), [("plaid", unlink), ("snaptrade", unlink), ("snaptrade", end_by_event)])
def test_source_removed_during_refresh_stays_removed(
    user_driver: UserDriver, process_pool: ProcessPool, provider: str, end: object, ahead_of: str
) -> None:
    assert callable(end)
    linked = user_driver.link_and_refresh("plaid" if provider == "plaid" else "snaptrade")
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))
    under_way = process_pool.start_process(
        refresh_invocation(user_driver.cookie, provider, store_fault=Pause(ahead_of))
    )
    assert isinstance(under_way.outcome(), Paused)
    end(user_driver, linked)
    under_way.proceed()

    assert under_way.response().status < 500
    assert user_driver.source(linked) is None
    assert user_driver.heads() == {}
    assert user_driver.parts() == set()
    assert user_driver.shown_holdings() == []
    assert not user_driver.pending()


def test_relinked_item_inherits_nothing_from_older_refresh(user_driver: UserDriver, process_pool: ProcessPool) -> None:
    linked = user_driver.link_and_refresh("plaid")
    first = user_driver.source(linked)
    simulators = user_driver.app.providers
    token = simulators.plaid_simulator.state["items"][linked.item_id]["access_token"]
    for path, body in (
        ("/item/remove", {"request_id": "r"}),
        ("/item/public_token/exchange", {"item_id": linked.item_id, "access_token": token}),
    ):
        simulators.plaid("faults", path=path, kind="status", status=200, body=body)
    under_way = process_pool.start_process(
        refresh_invocation(user_driver.cookie, "plaid", store_fault=Pause("TransactWriteItems"))
    )
    assert isinstance(under_way.outcome(), Paused)

    unlink(user_driver, linked)
    route, body = "POST /plaid/exchange-public-token", {"public_token": f"public-{user_driver.user_id}"}
    assert user_driver.app.request(route, user_driver.cookie, body=body).status == 201
    under_way.proceed()
    under_way.done()

    again = user_driver.source(linked)
    assert first is not None
    assert again is not None
    assert again["link_id"] != first["link_id"]
    assert again["generation"] == 1
    assert "seen_generation" not in again
    assert "last_fetched_at" not in again
    assert user_driver.heads() == {}
    assert user_driver.parts() == set()
    assert user_driver.pending("plaid")
    user_driver.end_cooldowns()
    user_driver.refresh("plaid")
    assert user_driver.shown_holdings()


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_update_during_removal_restores_nothing(
    user_driver: UserDriver, process_pool: ProcessPool, provider: str
) -> None:
    linked = user_driver.link_and_refresh("plaid" if provider == "plaid" else "snaptrade")
    parameter, route = DISCONNECT[linked.provider]
    ending = request_invocation(route, user_driver.cookie, parameters={parameter: linked.source_id})
    storm = [webhook_invocation(provider, one) for one in user_driver.capture_webhooks(linked, times=10, distinct=True)]
    answers = process_pool.run_concurrently([*storm[:5], ending, *storm[5:]])

    assert {answered.status for answered in answers} == {200, 204}
    assert user_driver.source(linked) is None
    assert user_driver.heads() == {}
    assert user_driver.parts() == set()
    assert not user_driver.pending()
