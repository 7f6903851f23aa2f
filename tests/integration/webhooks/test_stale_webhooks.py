"""An authentic webhook outside the replay window sets no flag, but the next refresh fetches its source."""

import time

import pytest

from tests.support.aws.aws_calls import intercept_calls, refuse_connection
from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.status_checks import update_source_row
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock

pytestmark = pytest.mark.invariant(id="I5")

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
DELAY_S = 1200


def deliver_delayed(app: App, linked: LinkedSource, clock: StoppedClock, **order: object) -> int:
    """Deliver an event twenty minutes after it was sent; return the status code."""
    caught = app.providers.capture_webhooks(linked.provider, **linked.control_arguments, **order)
    clock.advance(DELAY_S)
    [answered] = [app.deliver(linked.provider, one) for one in caught]
    return answered.status


@pytest.mark.threat(id="replayed-webhook")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_delayed_webhook_sets_no_flag_but_requests_check(
    app: App, cookie: str, provider: ProviderName, tables: Tables, stopped_clock: StoppedClock
) -> None:
    stopped_clock.advance(-30)
    linked = app.link_and_refresh(cookie, provider)
    assert deliver_delayed(app, linked, stopped_clock) == 403
    row = tables.source(provider, linked.source_id)
    assert row is not None
    assert row["check_due"] > row["last_fetched_at"]
    assert not app.pending(cookie)["has_pending_updates"]


def test_refresh_fetches_only_source_of_delayed_webhook(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    stopped_clock.advance(-30)
    one, _ = app.link(cookie, "plaid"), app.link(cookie, "plaid")
    assert app.refresh(cookie, "plaid").status == 200
    assert deliver_delayed(app, one, stopped_clock) == 403
    app.providers.reset()
    refreshed = app.refresh(cookie, "plaid")
    assert refreshed.status == 200
    assert {call["item_id"] for call in app.providers.calls("plaid")} == {one.source_id}
    row = tables.source("plaid", one.source_id)
    assert row is not None
    assert "check_due" not in row


@pytest.mark.parametrize("provider", PROVIDERS)
def test_delayed_webhook_before_last_fetch_requests_no_check(
    app: App, cookie: str, provider: ProviderName, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, provider)
    before = tables.state()
    assert [answered.status for answered in app.send_webhook(linked, variant="stale")] == [403]
    assert tables.state() == before


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("before_fetch_s", "is_due"), [(0, True), (3, True), (30, False)])
def test_delayed_webhook_may_be_newer_than_its_provider_says(
    app: App,
    cookie: str,
    provider: ProviderName,
    tables: Tables,
    stopped_clock: StoppedClock,
    before_fetch_s: float,
    is_due: bool,
) -> None:
    """The provider's clock may lag by 5 s, and Plaid's times are whole seconds."""
    linked = app.link_and_refresh(cookie, provider)
    before_fetch_s += time.time() - stopped_clock.now / 1000
    assert deliver_delayed(app, linked, stopped_clock, age_s=before_fetch_s) == 403
    assert ("check_due" in (tables.source(provider, linked.source_id) or {})) == is_due


def test_delayed_user_event_before_full_fetch_requests_no_check(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "snaptrade")
    before = tables.state()
    [caught] = app.providers.capture_webhooks(
        "snaptrade", **linked.control_arguments, age_s=900, omit=["brokerageAuthorizationId"]
    )
    assert app.deliver("snaptrade", caught).status == 403
    assert tables.state() == before


def test_delayed_user_event_refreshes_all_connections(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    stopped_clock.advance(-30)
    first = app.link_snaptrade(cookie)
    second = app.link_snaptrade(cookie, broker="FIDELITY")
    assert app.refresh(cookie, "snaptrade").status == 200
    linked = LinkedSource("snaptrade", *first)
    assert deliver_delayed(app, linked, stopped_clock, omit=["brokerageAuthorizationId"]) == 403
    app.providers.reset()
    assert app.refresh(cookie, "snaptrade").status == 200
    called_paths = {call["path"] for call in app.providers.calls("snaptrade") if call["path"].endswith("/accounts")}
    assert called_paths == {f"/authorizations/{one}/accounts" for _, one in (first, second)}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_delayed_webhook_of_unknown_item_creates_no_row(app: App, provider: ProviderName, tables: Tables) -> None:
    source = {"item_id": "unknown"} if provider == "plaid" else {"user_id": "unknown", "connection_id": "c-1"}
    [caught] = app.providers.capture_webhooks(provider, variant="stale", **source)
    assert app.deliver(provider, caught).status == 403
    assert not any(tables.state().values())
    assert tables.event_outcomes() == ["outdated"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_delayed_webhook_is_deferred_while_store_is_down(
    app: App,
    cookie: str,
    provider: ProviderName,
    tables: Tables,
    stopped_clock: StoppedClock,
    deferred_queue: SqsQueue,
) -> None:
    stopped_clock.advance(-30)
    linked = app.link_and_refresh(cookie, provider)
    with intercept_calls(refuse_connection):
        assert deliver_delayed(app, linked, stopped_clock) == 403
    assert deferred.process_messages(*deferred_queue.drain()) == []
    row = tables.source(provider, linked.source_id)
    assert row is not None
    assert row["check_due"] > row["last_fetched_at"]
    assert not app.pending(cookie)["has_pending_updates"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_delayed_webhook_returns_503_while_store_and_queue_are_down(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, provider)
    with intercept_calls(refuse_connection), intercept_calls(refuse_connection, "sqs"):
        assert deliver_delayed(app, linked, stopped_clock) == 503


@pytest.mark.invariant(id="I6")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_webhook_refused_by_clock_that_is_ahead_counts_when_it_arrives_in_time(
    app: App, cookie: str, provider: ProviderName, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, provider)
    [caught] = app.providers.capture_webhooks(provider, **linked.control_arguments)
    stopped_clock.advance(DELAY_S)  # on another machine, which fetched the holdings before they changed
    update_source_row(tables, linked, "SET last_fetched_at = :n", n=stopped_clock.now_ms())
    assert [app.deliver(provider, caught).status for _ in range(2)] == [403, 403]
    assert tables.event_outcomes().count("outdated") == 1
    stopped_clock.advance(-DELAY_S)
    assert app.deliver(provider, caught).json["status"] == "marked"
    assert app.deliver(provider, caught).json["status"] == "duplicate"
