"""POST …/holdings/refresh within a cooldown: a source that was linked since is fetched for the first time (I3)."""

import pytest

from tests.integration.refresh.new_source import (
    FETCHES,
    PROVIDERS,
    fail,
    link_another,
    link_new,
    outcome,
    problem,
)
from tests.support.aws.tables import Tables
from tests.support.drivers.app import PREFIXES, App, LinkedSource, ProviderName
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock

pytestmark = pytest.mark.invariant(id="I3")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("combined", [False, True])
def test_source_linked_within_cooldown_is_fetched_alone(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName, combined: bool, tables: Tables
) -> None:
    linked = link_new(app, cookie, provider)
    began = tables.heads()[f"{provider}#{old.source_id}"]["fetch_began_at"]
    found = outcome(app.refresh(cookie, None if combined else provider), provider)
    assert (found["status"], found["error"]) == ("fresh", "cooling-down")
    new, cooling = found["sources"][linked.source_id], found["sources"][old.source_id]
    assert (new["status"], new["error"], new["retry_after"]) == ("fresh", None, None)
    assert (cooling["status"], cooling["error"], cooling["retry_after"]) == ("cooling_down", "cooling-down", 50)
    assert tables.heads()[f"{provider}#{old.source_id}"]["fetch_began_at"] == began
    calls = app.providers.calls(provider, FETCHES[provider])
    assert len(calls) == 1
    assert app.pending(cookie, provider)["has_pending_updates"] is False
    rows = app.holdings(cookie)["holdings"]["portfolio_data"]["holdings"]
    assert {part["source_id"] for row in rows for part in row["sources"]} == {old.source_id, linked.source_id}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_first_fetch_keeps_cooldown(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName, tables: Tables, output: Output
) -> None:
    before = tables.cooldown(provider) or {}
    link_new(app, cookie, provider)
    assert app.refresh(cookie, provider).status == 200
    after = tables.cooldown(provider) or {}
    assert (after["claim_id"], after["retry_at"]) == (before["claim_id"], before["retry_at"])
    assert output.metric_sum("CoolingDown", provider=provider) == 0
    app.providers.reset()
    again = app.refresh(cookie, provider)
    assert (*problem(again), again.json["retry_after"]) == (429, "cooling-down", 50)
    assert app.providers.calls(provider) == []
    assert output.metric_sum("CoolingDown", provider=provider) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_source_linked_before_cooldown_waits(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    app.link(cookie, provider)
    late = link_another(app, cookie, provider)
    app.providers.reset()
    fail(app, late, kind="status", status=500)
    assert outcome(app.refresh(cookie, provider), provider)["sources"][late.source_id]["status"] == "failed"
    app.providers.reset()
    stopped_clock.advance(10)
    assert problem(app.refresh(cookie, provider)) == (429, "cooling-down")
    assert app.providers.calls(provider) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_repaired_source_has_no_second_first_fetch(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName
) -> None:
    app.control(old, "break")
    app.control(old, "repair")
    app.send_webhook(old)
    app.providers.reset()
    assert problem(app.refresh(cookie, provider)) == (429, "cooling-down")
    assert app.providers.calls(provider) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_source_unlinked_and_linked_again_has_first_fetch(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName
) -> None:
    first = link_another(app, cookie, provider)
    assert app.refresh(cookie, provider).status == 200
    assert app.disconnect(cookie, first).status == 204
    linked = link_new(app, cookie, provider)
    assert outcome(app.refresh(cookie, provider), provider)["sources"][linked.source_id]["status"] == "fresh"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_paid_refresh_makes_no_first_fetch(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName, monkeypatch: pytest.MonkeyPatch, tables: Tables
) -> None:
    monkeypatch.setenv("PAID_REFRESH", "on")
    linked = link_new(app, cookie, provider)
    assert problem(app.refresh(cookie, provider, {"paid": True})) == (429, "cooling-down")
    assert app.providers.calls(provider) == []
    assert "first_fetch_by" not in (tables.source(provider, linked.source_id) or {})


@pytest.mark.parametrize("provider", PROVIDERS)
def test_webhook_makes_no_first_fetch(app: App, cookie: str, old: LinkedSource, provider: ProviderName) -> None:
    linked = link_new(app, cookie, provider)
    app.send_webhook(linked)
    assert app.providers.calls(provider, FETCHES[provider]) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_disconnecting_everything_keeps_cooldown(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName, tables: Tables
) -> None:
    before = tables.cooldown(provider)
    assert app.request("DELETE /connections", cookie).status == 204
    assert tables.cooldown(provider) == before
    reopened = app.request(f"POST {PREFIXES[provider]}/create-connection-url", cookie, body={})
    assert reopened.status == 200, reopened.text
    linked = link_new(app, cookie, provider)
    assert list(outcome(app.refresh(cookie, provider), provider)["sources"]) == [linked.source_id]
    app.providers.reset()
    assert problem(app.refresh(cookie, provider)) == (429, "cooling-down")
    assert app.providers.calls(provider) == []


def test_first_fetch_reads_generation_before_it_begins(
    app: App, cookie: str, stopped_clock: StoppedClock, tables: Tables
) -> None:
    app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(10)
    linked = link_new(app, cookie, "plaid")
    assert app.refresh(cookie, "plaid").status == 200
    row = tables.source("plaid", linked.source_id) or {}
    assert row["seen_generation"] == row["generation"]
    app.send_webhook(linked)
    assert app.pending(cookie, "plaid")["has_pending_updates"] is True
