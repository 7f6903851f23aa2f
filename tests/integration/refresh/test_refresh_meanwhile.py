"""What happens while a provider's response is in flight (I1, I8)."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.waiting import wait_until
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.held_responses import hold_responses

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
DATA: dict[ProviderName, str] = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts/"}


@contextmanager
def refresh_under_way(app: App, cookie: str, provider: ProviderName) -> Iterator[Future[ApiResponse]]:
    """Start a refresh and hold its provider's response until the block ends."""
    app.providers.reset()
    with ThreadPoolExecutor(1) as pool, hold_responses(app.providers, provider, DATA[provider]) as release:
        refreshing = pool.submit(app.refresh, cookie, provider)
        wait_until(lambda: refreshing.done() or app.providers.calls(provider, DATA[provider]))
        assert not refreshing.done(), refreshing.result().text
        yield refreshing
        release()


@pytest.mark.invariant(id="I1")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_update_during_fetch_stays_pending(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    linked = app.link(cookie, provider)
    with refresh_under_way(app, cookie, provider) as refreshing:
        assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["marked"]
    refreshed = refreshing.result()
    assert refreshed.status == 200
    assert refreshed.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is True
    assert app.pending(cookie, provider)["has_pending_updates"] is True

    app.providers.reset()
    stopped_clock.advance(61)
    assert app.refresh(cookie, provider).status == 200
    assert app.pending(cookie, provider)["has_pending_updates"] is False


def send_user_wide_update(app: App, linked: LinkedSource) -> str:
    """Deliver an event that names only the SnapTrade user; return its outcome."""
    omitted = ["brokerageAuthorizationId", "accountId"]
    [answered] = app.send_webhook(linked, event_type="ACCOUNT_HOLDINGS_UPDATED", omit=omitted)
    return str(answered.json["status"])


@pytest.mark.invariant(id="I1")
@pytest.mark.parametrize("events", [1, 2])
def test_user_wide_updates_during_fetch_stay_pending_and_refetch_every_connection(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock, events: int
) -> None:
    first = app.link(cookie, "snaptrade")
    second = LinkedSource("snaptrade", *app.link_snaptrade(cookie, broker="FIDELITY"))
    sources = {first.source_id, second.source_id}
    with refresh_under_way(app, cookie, "snaptrade") as refreshing:
        assert [send_user_wide_update(app, first) for _ in range(events)] == ["marked"] * events
    refreshed = refreshing.result()
    assert refreshed.status == 200
    outcomes = refreshed.json["holdings"]["portfolio_metadata"]["providers"]["snaptrade"]["sources"]
    assert {source: outcome["status"] for source, outcome in outcomes.items()} == dict.fromkeys(sources, "fresh")
    assert refreshed.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is True
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True

    app.providers.reset()
    stopped_clock.advance(61)
    again = app.refresh(cookie, "snaptrade")
    assert again.status == 200
    outcomes = again.json["holdings"]["portfolio_metadata"]["providers"]["snaptrade"]["sources"]
    assert {source: outcome["status"] for source, outcome in outcomes.items()} == dict.fromkeys(sources, "fresh")
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is False
    wildcard = tables.source("snaptrade", "*")
    assert wildcard is not None
    assert wildcard["seen_generation"] == wildcard["generation"]


@pytest.mark.invariant(id="I1")
def test_user_wide_update_before_fetch_is_cleared_and_later_one_is_not(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "snaptrade")
    stopped_clock.advance(61)
    before = tables.generation("snaptrade", "*")
    assert send_user_wide_update(app, linked) == "marked"
    with refresh_under_way(app, cookie, "snaptrade") as refreshing:
        assert send_user_wide_update(app, linked) == "marked"
    assert refreshing.result().status == 200
    wildcard = tables.source("snaptrade", "*")
    assert wildcard is not None
    assert (wildcard["seen_generation"], wildcard["generation"]) == (before + 1, before + 2)
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True


def test_delayed_webhook_during_fetch_keeps_check_due(app: App, cookie: str, tables: Tables) -> None:
    linked = app.link(cookie, "plaid")
    with refresh_under_way(app, cookie, "plaid") as refreshing:
        assert [answered.status for answered in app.send_webhook(linked, variant="stale")] == [403]
    assert refreshing.result().status == 200
    row = tables.source("plaid", linked.source_id)
    assert row is not None
    assert "check_due" in row


def test_second_delayed_webhook_during_fetch_keeps_check_due(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    """The fetch covers the check that was due before, not the one that came due meanwhile."""
    linked = app.link_and_refresh(cookie, "plaid")
    delayed = [app.providers.capture_webhooks("plaid", **linked.control_arguments, age_s=age_s) for age_s in (-10, -20)]
    stopped_clock.advance(400)
    assert [app.deliver("plaid", caught).status for caught in delayed[0]] == [403]
    assert "check_due" in (tables.source("plaid", linked.source_id) or {})
    with refresh_under_way(app, cookie, "plaid") as refreshing:
        assert [app.deliver("plaid", caught).status for caught in delayed[1]] == [403]
    assert refreshing.result().status == 200
    row = tables.source("plaid", linked.source_id)
    assert row is not None
    assert "check_due" in row


@pytest.mark.parametrize("provider", PROVIDERS)
def test_second_click_during_fetch_returns_429(app: App, cookie: str, provider: ProviderName) -> None:
    app.link(cookie, provider)
    with refresh_under_way(app, cookie, provider) as refreshing:
        assert app.refresh(cookie, provider).status == 429
    assert refreshing.result().status == 200


@pytest.mark.parametrize("provider", PROVIDERS)
def test_source_unlinked_during_fetch_stays_unlinked(
    app: App, cookie: str, provider: ProviderName, tables: Tables
) -> None:
    linked = app.link(cookie, provider)
    with refresh_under_way(app, cookie, provider) as refreshing:
        assert app.disconnect(cookie, linked).status == 204
    refreshing.result()
    assert tables.source(provider, linked.source_id) is None
    assert tables.rows("HoldingsTable") == []
    assert app.holdings(cookie)["holdings"]["portfolio_data"]["holdings"] == []


def test_status_during_fetch_is_kept(app: App, cookie: str) -> None:
    linked = app.link(cookie, "plaid")
    with refresh_under_way(app, cookie, "plaid") as refreshing:
        app.send_webhook(linked, type="ITEM", code="ERROR")
    assert refreshing.result().status == 200
    assert app.pending(cookie, "plaid")["reconnect_required"] is True
