"""A suspended exchange whose lease expires meanwhile: its item is linked, or ended at Plaid, never both."""

import pytest

from tests.support.drivers.app import App
from tests.support.drivers.process_pool import ProcessPool, request_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.fault_injection import Pause, Paused

pytestmark = pytest.mark.invariant(id="I11")

EXCHANGE = "POST /plaid/exchange-public-token"


@pytest.mark.parametrize("stopped_at", ["Encrypt", "TransactWriteItems"])
def test_exchange_that_outlives_its_lease_ends_its_item(
    app: App, user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, stopped_at: str
) -> None:
    app.providers.reset()
    token = app.providers.plaid_public_token(f"{app.providers.catcher.url}/plaid")
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
    listed = app.request("GET /connections", user_driver.cookie).json["connections"]
    assert [(one["status"], one["status_reason"]) for one in listed] == [("revoked", "not_stored")]
