"""POST …/holdings/refresh: one refresh a minute for each user and provider, and when the cooldown is released (I3)."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock

pytestmark = pytest.mark.invariant(id="I3")

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
FETCHES: dict[ProviderName, str] = {"plaid": "/investments/holdings/get", "snaptrade": "/authorizations"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_second_refresh_within_minute_returns_429_with_seconds(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    app.link_and_refresh(cookie, provider)
    app.providers.reset()
    stopped_clock.advance(12.4)
    refused = app.refresh(cookie, provider)
    assert (refused.status, refused.json["type"]) == (429, "urn:tidings:problem:cooling-down")
    assert (refused.headers["retry-after"], refused.json["retry_after"]) == ("48", 48)
    assert app.providers.calls(provider) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_refresh_after_cooldown_is_allowed(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    app.link_and_refresh(cookie, provider)
    stopped_clock.advance(59.9)
    assert app.refresh(cookie, provider).json["retry_after"] == 1
    stopped_clock.advance(0.1)
    assert app.refresh(cookie, provider).status == 200


def test_refresh_of_one_user_leaves_other_user_free(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link_and_refresh(cookie, "plaid")
    other = app.sign_in("bob")
    app.link(other, "plaid")
    assert app.refresh(other, "plaid").status == 200
    assert app.refresh(other, "plaid").status == 429


def test_refresh_of_one_provider_leaves_other_free(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link_and_refresh(cookie, "plaid")
    app.link(cookie, "snaptrade")
    assert app.refresh(cookie, "snaptrade").status == 200


def test_pending_updates_include_next_refresh_time(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link(cookie, "plaid")
    assert app.pending(cookie, "plaid")["refresh_available_at"] is None
    app.refresh(cookie, "plaid")
    assert app.pending(cookie, "plaid")["refresh_available_at"] is not None
    assert app.pending(cookie, "snaptrade")["refresh_available_at"] is None
    stopped_clock.advance(60)
    assert app.pending(cookie, "plaid")["refresh_available_at"] is None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_outage_releases_cooldown(app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock) -> None:
    app.link(cookie, provider)
    inject_fault(app, provider, kind="status", status=500, times=1)
    assert app.refresh(cookie, provider).status == 502
    assert app.pending(cookie, provider)["refresh_available_at"] is None
    assert app.pending(cookie, provider)["has_pending_updates"] is True
    assert app.refresh(cookie, provider).status == 200


def test_outage_of_one_source_keeps_cooldown(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    broken, _ = app.link(cookie, "plaid"), app.link(cookie, "plaid")
    inject_fault(app, "plaid", kind="status", status=500, item_id=broken.source_id)
    assert app.refresh(cookie, "plaid").status == 200
    assert app.refresh(cookie, "plaid").status == 429


@pytest.mark.parametrize("provider", PROVIDERS)
def test_reconnect_required_keeps_cooldown(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    linked = app.link(cookie, provider)
    app.control(linked, "break")
    assert app.refresh(cookie, provider).status == 409
    app.providers.reset()
    refused = app.refresh(cookie, provider)
    assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert app.providers.calls(provider) == []
    assert app.pending(cookie, provider)["refresh_available_at"] is not None


def test_reconnect_required_outranks_cooldown_in_outcomes(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    healthy, broken = app.link(cookie, "plaid"), app.link(cookie, "plaid")
    app.control(broken, "break")
    assert app.refresh(cookie, "plaid").status == 200
    assert app.refresh(cookie, "plaid").status == 429
    app.link(cookie, "snaptrade")
    answered = app.refresh(cookie)
    outcome = answered.json["holdings"]["portfolio_metadata"]["providers"]["plaid"]
    assert (outcome["status"], outcome["error"], outcome["retry_after"]) == ("reconnect_required", "cooling-down", 60)
    assert outcome["sources"][healthy.source_id]["status"] == "stored"
    assert outcome["sources"][broken.source_id]["status"] == "reconnect_required"


def test_reconnect_required_outranks_provider_limit(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    limited, broken = app.link(cookie, "plaid"), app.link(cookie, "plaid")
    app.control(broken, "break")
    inject_fault(app, "plaid", kind="status", status=429, headers={"Retry-After": "150"}, item_id=limited.item_id)
    answered = app.refresh(cookie, "plaid")
    assert (answered.status, answered.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    stopped_clock.advance(149)
    assert app.pending(cookie, "plaid")["refresh_available_at"] is not None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_provider_limit_extends_cooldown(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    app.link(cookie, provider)
    inject_fault(app, provider, kind="status", status=429, headers={"Retry-After": "150"})
    limited = app.refresh(cookie, provider)
    assert (limited.status, limited.json["type"]) == (429, "urn:tidings:problem:provider-limit")
    assert (limited.headers["retry-after"], limited.json["retry_after"]) == ("150", 150)

    app.providers.reset()
    stopped_clock.advance(100)
    again = app.refresh(cookie, provider)
    assert (again.status, again.json["type"]) == (429, "urn:tidings:problem:cooling-down")
    assert app.providers.calls(provider) == []
    stopped_clock.advance(50)
    assert app.refresh(cookie, provider).status == 200


def test_refresh_without_connection_takes_no_cooldown(app: App, cookie: str, tables: Tables) -> None:
    for provider in PROVIDERS:
        answered = app.refresh(cookie, provider)
        assert answered.status == 200
        outcome = answered.json["holdings"]["portfolio_metadata"]["providers"][provider]
        assert outcome["status"] == "not_connected"
    assert app.refresh(cookie).status == 200
    assert tables.rows("UpdateStateTable") == []


def test_both_cooling_down_returns_429_with_shorter_wait(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(20)
    app.link_and_refresh(cookie, "snaptrade")
    refused = app.refresh(cookie)
    assert (refused.status, refused.json["retry_after"]) == (429, 40)


def test_cooldown_row_expires(app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock) -> None:
    app.link_and_refresh(cookie, "plaid")
    cooldown = tables.cooldown("plaid")
    assert cooldown is not None
    assert cooldown["retry_at"] == stopped_clock.now + 60_000
    assert cooldown["retry_at"] // 1000 < cooldown["expires_at"]


def inject_fault(app: App, provider: ProviderName, **fault: object) -> None:
    app.providers.reset()
    simulator = app.providers.plaid if provider == "plaid" else app.providers.snaptrade
    simulator("faults", path=FETCHES[provider], **fault)


def test_bad_request_takes_no_cooldown(app: App, cookie: str, tables: Tables) -> None:
    linked: LinkedSource = app.link(cookie, "plaid")
    assert app.refresh(cookie, "plaid", {"all": "yes"}).status == 400
    assert tables.cooldown("plaid") is None
    assert app.pending(cookie, "plaid")["has_pending_updates"] is True
    assert tables.generation("plaid", linked.source_id) == 1
