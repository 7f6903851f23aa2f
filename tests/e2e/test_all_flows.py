"""Drive every flow, then check its traces. For IAM: each call is allowed, each permission is used.

The flows are driven here, so that the proof does not hang on which other tests ran.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from local.cloud import LocalCloud
from tests.e2e import leftovers, notify_flow, traces
from tests.e2e.brokers import Brokers
from tests.e2e.description import Description
from tests.e2e.flows import Flows
from tests.e2e.user import signed_in
from tests.support.aws.iam import Call
from tests.support.aws.stack import Stack
from tests.support.fakes.host import Host

FREE = {
    "POST /investments/holdings/get",
    "POST /item/get",
    "POST /item/public_token/exchange",
    "POST /item/remove",
    "POST /item/webhook/update",
    "POST /link/token/create",
    "POST /link/token/get",
    "POST /webhook_verification_key/get",
    "POST /sandbox/public_token/create",  # by the tests themselves
    "POST /snapTrade/registerUser",
    "POST /snapTrade/login",
    "DELETE /snapTrade/deleteUser",
    "GET /authorizations",
    "GET /authorizations/{id}",
    "GET /authorizations/{id}/accounts",
    "GET /accounts/{id}/positions/all",
    "GET /accounts/{id}/balances",
    "DELETE /connection/{id}",
}
"""All free provider calls; others need a user's request for a paid refresh."""
PAID = {"POST /investments/refresh", "POST /authorizations/{id}/refresh"}
FLOWS = [name for name in dir(Flows) if not name.startswith("_") and callable(getattr(Flows, name))]


@pytest.fixture(scope="module")
def described() -> Description:
    """Count the responses of these flows alone."""
    return Description()


@pytest.fixture(scope="module")
def paying() -> set[str]:
    """Collect the flows that made a paid provider call."""
    return set()


@pytest.fixture(scope="module")
def calls(
    shared: tuple[LocalCloud, Brokers], record: Path, described: Description, paying: set[str], host: Host
) -> Sequence[Call]:
    """Drive all flows, each with its own user, and return the session's AWS calls.

    Those of earlier tests are among them: a function that they left warm reads no secret again.
    """
    cloud, brokers = shared
    for name in FLOWS:
        brokers.reset()
        with signed_in(cloud, brokers, described.check) as user:
            getattr(Flows(user, brokers), name)()
        if brokers.made() - FREE:
            paying.add(name)
    with signed_in(cloud, brokers, described.check) as user:
        notify_flow.drive_notifications(user, brokers, host)
    brokers.reset()
    return traces.recorded(record)


@pytest.fixture(scope="module")
def stack() -> Stack:
    return traces.stack()


def test_flows_make_only_calls_that_iam_allows(calls: Sequence[Call], stack: Stack) -> None:
    assert sorted({traces.describe(call) for call in stack.permissions.forbidden(calls)}) == []


@pytest.mark.threat(id="function-takeover")
def test_flows_use_every_iam_permission(calls: Sequence[Call], stack: Stack) -> None:
    """No exceptions: managed policies grant what a role needs on AWS alone (logs, tracing)."""
    unused = stack.permissions.unused(calls)
    assert [f"{one.function} {one.sid}: {one.action} on {one.resource}" for one in unused] == []


def test_flows_call_every_function(calls: Sequence[Call], stack: Stack) -> None:
    assert {call.function for call in calls} == set(stack.permissions.functions)


def test_flows_cover_every_api_operation(calls: Sequence[Call], described: Description) -> None:
    webhooks = ["POST /api/snaptrade/webhook", "POST /plaid/webhook"]  # called by the simulators, at the function URLs
    assert described.unanswered() == webhooks


def test_flows_return_described_webhook_responses(calls: Sequence[Call], brokers: Brokers) -> None:
    traces.check_deliveries(brokers, Description())


def test_flows_make_only_free_provider_calls(calls: Sequence[Call], brokers: Brokers, paying: set[str]) -> None:
    """Only paid refreshes cost money; no flow makes another paid call, such as /accounts/balance/get."""
    brokers.reset()
    assert "POST /investments/holdings/get" in brokers.asked
    assert brokers.asked - FREE == PAID
    assert paying == {"plaid_paid_refresh", "snaptrade_paid_refresh"}


@pytest.mark.invariant(id="I9")
@pytest.mark.threat(id="leaked-secret")
def test_flows_leave_no_secret(calls: Sequence[Call], cloud: LocalCloud, brokers: Brokers, record: Path) -> None:
    leftovers.check(cloud, brokers, record)
