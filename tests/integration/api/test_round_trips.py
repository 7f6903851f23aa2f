"""The number of DynamoDB calls that each flow takes."""

import pytest

from tests.support.aws.aws_calls import AwsCalls
from tests.support.drivers.app import App, Linked, ProviderName
from tests.support.fakes.clock import StoppedClock

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


@pytest.fixture(params=PROVIDERS)
def linked(
    app: App, cookie: str, request: pytest.FixtureRequest, store_calls: AwsCalls, stopped_clock: StoppedClock
) -> Linked:
    """A fetched source whose cooldown has expired; the recorded store calls are cleared."""
    linked = app.fetched(cookie, request.param)
    stopped_clock.advance(61)
    store_calls.made.clear()
    return linked


def test_webhook_takes_two_store_calls(app: App, linked: Linked, store_calls: AwsCalls) -> None:
    assert [answered.json["status"] for answered in app.webhook(linked)] == ["marked"]
    assert store_calls.made == ["GetItem", "TransactWriteItems"]


def test_duplicate_webhook_takes_two_store_calls(app: App, linked: Linked, store_calls: AwsCalls) -> None:
    app.webhook(linked)
    store_calls.made.clear()
    assert [answered.json["status"] for answered in app.webhook(linked, variant="replay")] == ["duplicate"]
    assert store_calls.made == ["GetItem", "TransactWriteItems"]


def test_orphan_webhook_takes_two_store_calls(app: App, store_calls: AwsCalls) -> None:
    [caught] = app.providers.webhooks("snaptrade", user_id="nobody's")
    assert app.deliver("snaptrade", caught).json["status"] == "orphan"
    assert store_calls.made == ["GetItem", "TransactWriteItems"]


@pytest.mark.parametrize("variant", ["forged", "tampered", "unsigned"])
def test_unverified_webhook_takes_no_store_call(app: App, linked: Linked, store_calls: AwsCalls, variant: str) -> None:
    app.webhook(linked, variant=variant)
    assert store_calls.made == []


def test_pending_poll_takes_two_store_calls(app: App, cookie: str, linked: Linked, store_calls: AwsCalls) -> None:
    app.pending(cookie)
    app.pending(cookie, linked.provider)
    assert store_calls.made == ["GetItem", "Query"] * 2


def test_holdings_read_takes_three_store_calls(app: App, cookie: str, linked: Linked, store_calls: AwsCalls) -> None:
    app.holdings(cookie)
    app.holdings(cookie, linked.provider)
    assert store_calls.made == ["GetItem", "Query", "Query"] * 2


def test_refresh_rejected_by_cooldown_writes_nothing(
    app: App, cookie: str, linked: Linked, store_calls: AwsCalls
) -> None:
    app.refresh(cookie, linked.provider)
    store_calls.made.clear()
    assert app.refresh(cookie, linked.provider).status == 429
    assert set(store_calls.made) <= {"GetItem", "Query", "BatchGetItem", "UpdateItem"}
    assert store_calls.made.count("UpdateItem") == 1, "the claim that was lost"


def test_unauthenticated_read_takes_one_store_call(app: App, store_calls: AwsCalls) -> None:
    app.request("GET /holdings", "nobody's")
    app.request("GET /pending-updates", "nobody's")
    assert store_calls.made == ["GetItem", "GetItem"]
