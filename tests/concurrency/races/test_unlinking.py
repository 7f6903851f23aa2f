"""Disconnecting a source during a refresh: nothing of it returns."""

import pytest

from tests.support.drivers.app import Linked
from tests.support.drivers.process_pool import ProcessPool, delivery, refresh, request
from tests.support.drivers.user_driver import UserDriver
from tests.support.faults.fault_injection import Pause, Paused

pytestmark = pytest.mark.invariant(id="I8")

ENDS = {
    "plaid": "DELETE /plaid/items/{item_id}",
    "snaptrade": "DELETE /api/snaptrade/connections/{connection_id}",
}


def unlink(investor: UserDriver, linked: Linked) -> None:
    name = "item_id" if linked.provider == "plaid" else "connection_id"
    route = ENDS[linked.provider]
    answered = investor.app.request(route, investor.cookie, parameters={name: linked.source_id})
    assert answered.status == 204, answered.text


def end_by_event(investor: UserDriver, linked: Linked) -> None:
    investor.delivers(linked, investor.announced(linked, event_type="CONNECTION_DELETED"))


@pytest.mark.parametrize("ahead_of", ["BatchWriteItem", "TransactWriteItems"])
@pytest.mark.parametrize(("provider", "end"), [("plaid", unlink), ("snaptrade", unlink), ("snaptrade", end_by_event)])
def test_source_removed_during_refresh_stays_removed(
    investor: UserDriver, process_pool: ProcessPool, provider: str, end: object, ahead_of: str
) -> None:
    assert callable(end)
    linked = investor.holds("plaid" if provider == "plaid" else "snaptrade")
    investor.delivers(linked, investor.trades(linked))
    under_way = process_pool.begin(refresh(investor.cookie, provider, tactic=Pause(ahead_of)))
    assert isinstance(under_way.outcome(), Paused)
    end(investor, linked)
    under_way.proceed()

    assert under_way.answer().status < 500
    assert investor.source(linked) is None
    assert investor.heads() == {}
    assert investor.parts() == set()
    assert investor.held() == []
    assert not investor.pending()


def test_relinked_item_inherits_nothing_from_older_refresh(investor: UserDriver, process_pool: ProcessPool) -> None:
    linked = investor.holds("plaid")
    first = investor.source(linked)
    simulators = investor.app.providers
    token = simulators.plaid_simulator.state["items"][linked.item_id]["access_token"]
    for path, body in (
        ("/item/remove", {"request_id": "r"}),
        ("/item/public_token/exchange", {"item_id": linked.item_id, "access_token": token}),
    ):
        simulators.plaid("faults", path=path, kind="status", status=200, body=body)
    under_way = process_pool.begin(refresh(investor.cookie, "plaid", tactic=Pause("TransactWriteItems")))
    assert isinstance(under_way.outcome(), Paused)

    unlink(investor, linked)
    route, body = "POST /plaid/exchange-public-token", {"public_token": f"public-{investor.user_id}"}
    assert investor.app.request(route, investor.cookie, body=body).status == 201
    under_way.proceed()
    under_way.done()

    again = investor.source(linked)
    assert first is not None
    assert again is not None
    assert again["link_id"] != first["link_id"]
    assert again["generation"] == 1
    assert "seen_generation" not in again
    assert "last_fetched_at" not in again
    assert investor.heads() == {}
    assert investor.parts() == set()
    assert investor.pending("plaid")
    investor.end_cooldowns()
    investor.refreshed("plaid")
    assert investor.held()


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_update_during_removal_restores_nothing(investor: UserDriver, process_pool: ProcessPool, provider: str) -> None:
    linked = investor.holds("plaid" if provider == "plaid" else "snaptrade")
    name = "item_id" if provider == "plaid" else "connection_id"
    ending = request(ENDS[provider], investor.cookie, parameters={name: linked.source_id})
    storm = [delivery(provider, one) for one in investor.announced(linked, times=10, distinct=True)]
    answers = process_pool.all_at_once([*storm[:5], ending, *storm[5:]])

    assert {answered.status for answered in answers} == {200, 204}
    assert investor.source(linked) is None
    assert investor.heads() == {}
    assert investor.parts() == set()
    assert not investor.pending()
