"""A suspended exchange whose lease expires meanwhile: its item is linked, or ended at Plaid, never both."""

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App
from tests.support.drivers.plaid_link import create_public_token
from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool, request_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.fault_injection import Pause, Paused
from tests.support.faults.interleavings import Interleaving

Scenario = tuple[UserDriver, str]
pytestmark = pytest.mark.invariant(id="I11")

EXCHANGE = "POST /plaid/exchange-public-token"


@pytest.mark.parametrize("stopped_at", ["Encrypt", "TransactWriteItems"])
def test_exchange_that_outlives_its_lease_ends_its_item(
    app: App, user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, stopped_at: str
) -> None:
    app.providers.reset()
    token = create_public_token(app)
    body = {"public_token": token}
    slow = process_pool.start_process(
        request_invocation(EXCHANGE, user_driver.cookie, body=body, store_fault=Pause(stopped_at))
    )
    assert slow.outcome() == Paused(stopped_at)
    ahead.by_s = 61
    reported = app.request(EXCHANGE, user_driver.cookie, body=body)
    assert (reported.status, reported.json["type"]) == (409, "urn:tidings:problem:connection-not-stored")

    slow.proceed()
    assert slow.response().status == 503
    assert len(app.providers.calls("plaid", "/item/remove")) == 1
    listed = app.connections(user_driver.cookie)
    assert [(one["status"], one["status_reason"]) for one in listed] == [("revoked", "not_stored")]


def test_user_who_ends_everything_during_exchange_has_nothing(
    app: App, engine: Engine, process_pool: ProcessPool
) -> None:
    def prepare() -> tuple[Scenario, Invocation]:
        user_driver = UserDriver(app, engine.dynamodb)
        token = create_public_token(app)
        body = {"public_token": token}
        item_id = app.providers.plaid_simulator.state["public_tokens"][token]["item_id"]
        return (user_driver, item_id), request_invocation(EXCHANGE, user_driver.cookie, body=body)

    def end_everything(scenario: Scenario) -> None:
        assert app.request("DELETE /connections", scenario[0].cookie).status == 204

    def check(scenario: Scenario, done: Completed) -> None:
        user_driver, item_id = scenario
        assert done.response.status in {201, 409}
        assert list(user_driver.state()) == ["ended"]
        assert user_driver.heads() == {}
        assert item_id not in app.providers.plaid_simulator.state["items"]

    assert Interleaving(prepare, end_everything, check).run_all_stops(process_pool) > 3
