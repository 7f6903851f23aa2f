"""POST …/holdings/refresh within a cooldown: a source that was linked since is fetched for the first time (I3)."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import PREFIXES, App, LinkedSource, ProviderName
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock
from tidings import clock
from tidings.providers.plaid import holdings as plaid

pytestmark = pytest.mark.invariant(id="I3")

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
FETCHES: dict[ProviderName, str] = {"plaid": "/investments/holdings/get", "snaptrade": "/authorizations/"}
BROKERS = iter(["FIDELITY", "SCHWAB", "ALPACA", "ROBINHOOD"] * 20)


@pytest.fixture
def old(app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock) -> LinkedSource:
    """A source that was refreshed ten seconds ago: its cooldown runs for another fifty."""
    linked = app.link_and_refresh(cookie, provider)
    stopped_clock.advance(10)
    app.providers.reset()
    return linked


def link_new(app: App, cookie: str, provider: ProviderName) -> LinkedSource:
    """Link another source, and forget the calls that this took."""
    linked = link_another(app, cookie, provider)
    app.providers.reset()
    return linked


def link_another(app: App, cookie: str, provider: ProviderName) -> LinkedSource:
    if provider == "plaid":
        return app.link(cookie, "plaid")
    linked = LinkedSource("snaptrade", *app.link_snaptrade(cookie, broker=next(BROKERS)))
    app.providers.catcher.captured.clear()
    assert [answered.status for answered in app.send_webhook(linked, event_type="CONNECTION_ADDED")] == [200]
    return linked


def outcome(answered: ApiResponse, provider: str) -> Any:  # noqa: ANN401 - JSON
    assert answered.status == 200, answered.text
    return answered.json["holdings"]["portfolio_metadata"]["providers"][provider]


def problem(answered: ApiResponse) -> tuple[int, str]:
    return answered.status, str(answered.json["type"]).rpartition(":")[2]


def fail(app: App, linked: LinkedSource, **fault: object) -> None:
    """Let the provider fail for one source."""
    if linked.provider == "plaid":
        app.providers.plaid("faults", path=FETCHES["plaid"], item_id=linked.item_id, **fault)
    else:
        app.providers.snaptrade("faults", path=f"/authorizations/{linked.source_id}/accounts", **fault)


def not_ready(app: App, linked: LinkedSource) -> None:
    if linked.provider == "plaid":
        body = {"error_type": "ITEM_ERROR", "error_code": "PRODUCT_NOT_READY", "error_message": "", "request_id": "r"}
        fail(app, linked, kind="status", status=400, body=body)
    else:
        app.control(linked, "sync_status", initial_sync_completed=False)


def make_ready(app: App, linked: LinkedSource) -> None:
    if linked.provider == "snaptrade":
        app.control(linked, "sync_status", initial_sync_completed=True)
    app.providers.reset()


def disconnect(app: App, cookie: str, linked: LinkedSource) -> int:
    if linked.provider == "plaid":
        return app.request("DELETE /plaid/items/{item_id}", cookie, parameters={"item_id": linked.source_id}).status
    route = "DELETE /api/snaptrade/connections/{connection_id}"
    return app.request(route, cookie, parameters={"connection_id": linked.source_id}).status


@dataclass
class TickingClock:
    """A clock that moves by a millisecond each time it is read."""

    clock: StoppedClock

    def now_ms(self) -> int:
        self.clock.now += 1
        return self.clock.now


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
    assert disconnect(app, cookie, first) == 204
    linked = link_new(app, cookie, provider)
    assert outcome(app.refresh(cookie, provider), provider)["sources"][linked.source_id]["status"] == "fresh"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_fourth_first_fetch_within_minute_waits(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    links = [link_another(app, cookie, provider) for _ in range(4)]
    found = outcome(app.refresh(cookie, provider), provider)["sources"]
    assert sorted(found[one.source_id]["status"] for one in links) == ["cooling_down", "fresh", "fresh", "fresh"]
    stopped_clock.advance(49.9)
    app.providers.reset()
    assert problem(app.refresh(cookie, provider)) == (429, "cooling-down")
    assert app.providers.calls(provider) == []


def test_first_fetches_are_counted_over_last_minute(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch, stopped_clock: StoppedClock
) -> None:
    monkeypatch.setenv("REFRESH_COOLDOWN_SECONDS", "600")
    app.link_and_refresh(cookie, "plaid")
    statuses = []
    for after_s in (20, 20, 20, 19.9, 0.1, 0.1):
        stopped_clock.advance(after_s)
        app.link(cookie, "plaid")
        statuses.append(app.refresh(cookie, "plaid").status)
    assert statuses == [200, 200, 200, 429, 200, 429]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_wait_that_provider_demands_permits_no_first_fetch(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    limited = app.link(cookie, provider)
    app.providers.reset()
    fail(app, limited, kind="status", status=429, headers={"Retry-After": "40"})
    assert problem(app.refresh(cookie, provider)) == (429, "provider-limit")
    stopped_clock.advance(10)
    link_new(app, cookie, provider)
    assert problem(app.refresh(cookie, provider)) == (429, "cooling-down")
    assert app.providers.calls(provider) == []
    stopped_clock.advance(30)
    assert app.refresh(cookie, provider).status == 200


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("wait_s", [150, 20])
def test_limit_met_by_first_fetch_is_kept(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName, wait_s: int, stopped_clock: StoppedClock
) -> None:
    """A shorter wait than the cooldown's permits no first fetch either."""
    linked = link_new(app, cookie, provider)
    fail(app, linked, kind="status", status=429, headers={"Retry-After": str(wait_s)})
    refused = app.refresh(cookie, provider)
    assert (*problem(refused), refused.json["retry_after"]) == (429, "provider-limit", wait_s)
    link_new(app, cookie, provider)
    left = app.refresh(cookie, provider)
    assert (*problem(left), left.json["retry_after"]) == (429, "cooling-down", max(wait_s, 50))
    assert app.providers.calls(provider) == []
    stopped_clock.advance(max(wait_s, 50))
    assert app.refresh(cookie, provider).status == 200


def test_first_fetch_over_our_rate_limit_is_refused(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch, stopped_clock: StoppedClock, tables: Tables
) -> None:
    stopped_clock.now -= stopped_clock.now % 60_000
    app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(5)
    link_new(app, cookie, "plaid")
    monkeypatch.setattr(plaid, "CALLS_PER_MINUTE", 2)  # four fifths of it: the refresh has used them
    before = tables.cooldown("plaid") or {}
    assert problem(app.refresh(cookie, "plaid")) == (429, "provider-busy")
    assert app.providers.calls("plaid") == []
    after = tables.cooldown("plaid") or {}
    assert (after["retry_at"], after["acquired_at"]) == (before["retry_at"], before["acquired_at"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_outage_spends_first_fetch(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    linked = link_new(app, cookie, provider)
    fail(app, linked, kind="status", status=500)
    assert app.refresh(cookie, provider).status == 502
    app.providers.reset()
    assert problem(app.refresh(cookie, provider)) == (429, "cooling-down")
    assert app.providers.calls(provider) == []
    assert app.pending(cookie, provider)["has_pending_updates"] is True
    stopped_clock.advance(50)
    assert outcome(app.refresh(cookie, provider), provider)["sources"][linked.source_id]["status"] == "fresh"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_provider_not_ready_gives_first_fetch_back(
    app: App, cookie: str, old: LinkedSource, provider: ProviderName
) -> None:
    linked = link_new(app, cookie, provider)
    not_ready(app, linked)
    assert problem(app.refresh(cookie, provider)) == (503, "provider-not-ready")
    make_ready(app, linked)
    found = outcome(app.refresh(cookie, provider), provider)["sources"]
    assert (found[linked.source_id]["status"], found[old.source_id]["status"]) == ("fresh", "cooling_down")
    assert app.refresh(cookie, provider).status == 429


@pytest.mark.parametrize("provider", PROVIDERS)
def test_first_fetch_is_given_back_five_times_in_ten_minutes(
    app: App, cookie: str, provider: ProviderName, monkeypatch: pytest.MonkeyPatch, stopped_clock: StoppedClock
) -> None:
    monkeypatch.setenv("REFRESH_COOLDOWN_SECONDS", "3600")
    app.link_and_refresh(cookie, provider)
    stopped_clock.advance(1)
    linked = link_new(app, cookie, provider)
    not_ready(app, linked)
    for _ in range(6):
        assert problem(app.refresh(cookie, provider)) == (503, "provider-not-ready")
        stopped_clock.advance(30)
    assert problem(app.refresh(cookie, provider)) == (429, "cooling-down")


def test_refresh_that_finds_unready_connection_gives_first_fetch_back(
    app: App, cookie: str, stopped_clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cooldown's holder discovers the connection, which is thus linked after the cooldown was acquired."""
    old = app.link_and_refresh(cookie, "snaptrade")
    stopped_clock.advance(61)
    linked = LinkedSource("snaptrade", *app.link_snaptrade(cookie, broker="FIDELITY"))
    not_ready(app, linked)
    app.send_webhook(old)
    monkeypatch.setattr(clock, "now_ms", TickingClock(stopped_clock).now_ms)
    found = outcome(app.refresh(cookie, "snaptrade"), "snaptrade")["sources"]
    assert (found[old.source_id]["status"], found[linked.source_id]["error"]) == ("fresh", "provider-not-ready")
    make_ready(app, linked)
    found = outcome(app.refresh(cookie, "snaptrade"), "snaptrade")["sources"]
    assert (found[old.source_id]["status"], found[linked.source_id]["status"]) == ("cooling_down", "fresh")


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
