"""Refresh responses when providers fail: fresh data stays visible, and stored holdings stay intact (I8)."""

import pytest

from tests.support.aws.deployment_secrets import put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock
from tidings.refresh import endpoint

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
FETCHES: dict[ProviderName, str] = {"plaid": "/investments/holdings/get", "snaptrade": "/authorizations"}


def break_down(app: App, provider: ProviderName, **fault: object) -> None:
    simulator = app.providers.plaid if provider == "plaid" else app.providers.snaptrade
    simulator("faults", **{"path": FETCHES[provider], "kind": "status", "status": 500, **fault})


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("fault", "status", "problem"),
    [
        ({"kind": "status", "status": 500}, 502, "provider-outage"),
        ({"kind": "close"}, 502, "provider-outage"),
        ({"kind": "truncated"}, 502, "provider-outage"),
        ({"kind": "malformed"}, 502, "provider-outage"),
        ({"kind": "redirect"}, 502, "provider-outage"),
        ({"kind": "status", "status": 200, "body": "<html>"}, 502, "provider-outage"),
        ({"kind": "status", "status": 200, "body": {}}, 502, "unusable-answer"),
    ],
)
def test_outage_returns_502_and_keeps_update(
    app: App, cookie: str, provider: ProviderName, fault: dict[str, object], status: int, problem: str
) -> None:
    app.link(cookie, provider)
    break_down(app, provider, **fault)
    answered = app.refresh(cookie, provider)
    assert (answered.status, answered.json["type"]) == (status, f"urn:tidings:problem:{problem}")
    assert app.pending(cookie, provider)["has_pending_updates"] is True


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("kind", ["delay", "trickle"])
def test_slow_provider_returns_504_and_keeps_update(
    app: App, cookie: str, provider: ProviderName, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.link(cookie, provider)
    monkeypatch.setattr(endpoint, "_PROVIDERS_TIMEOUT_S", 0.3)
    break_down(app, provider, kind=kind, delay_s=15 if kind == "delay" else 0.1)
    answered = app.refresh(cookie, provider)
    assert (answered.status, answered.json["type"]) == (504, "urn:tidings:problem:provider-timeout")
    assert app.pending(cookie, provider)["has_pending_updates"] is True


@pytest.mark.parametrize("provider", PROVIDERS)
def test_required_login_returns_409_and_keeps_update(app: App, cookie: str, provider: ProviderName) -> None:
    linked = app.link(cookie, provider)
    app.control(linked, "break")
    answered = app.refresh(cookie, provider)
    assert (answered.status, answered.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    pending = app.pending(cookie, provider)
    assert (pending["has_pending_updates"], pending["reconnect_required"]) == (True, True)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_successful_fetch_clears_required_login(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    linked = app.link(cookie, provider)
    app.control(linked, "break")
    app.refresh(cookie, provider)
    app.control(linked, "repair")
    stopped_clock.advance(61)
    assert app.refresh(cookie, provider).status == 200
    assert app.pending(cookie, provider)["reconnect_required"] is False


def test_failed_provider_keeps_other_provider_fresh(app: App, cookie: str) -> None:
    app.link(cookie, "plaid")
    app.link(cookie, "snaptrade")
    break_down(app, "snaptrade")
    answered = app.refresh(cookie)
    assert answered.status == 200
    outcomes = answered.json["holdings"]["portfolio_metadata"]["providers"]
    assert outcomes["plaid"]["status"] == "fresh"
    assert (outcomes["snaptrade"]["status"], outcomes["snaptrade"]["error"]) == ("failed", "provider-outage")
    assert {row["provider"] for row in answered.json["holdings"]["portfolio_data"]["holdings"]} == {"plaid"}
    assert answered.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is True


def test_cooling_down_provider_keeps_other_provider_fresh(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(10)
    app.link(cookie, "snaptrade")
    answered = app.refresh(cookie)
    assert answered.status == 200
    outcomes = answered.json["holdings"]["portfolio_metadata"]["providers"]
    assert (outcomes["plaid"]["status"], outcomes["plaid"]["retry_after"]) == ("cooling_down", 50)
    assert outcomes["snaptrade"]["status"] == "fresh"
    shown = answered.json["holdings"]["portfolio_data"]["holdings"]
    assert {share["provider"] for row in shown for share in row["sources"]} == {"plaid", "snaptrade"}


def test_same_failure_of_both_returns_that_failure(app: App, cookie: str) -> None:
    app.link(cookie, "plaid")
    app.link(cookie, "snaptrade")
    break_down(app, "plaid")
    break_down(app, "snaptrade")
    assert app.refresh(cookie).status == 502


def test_different_failures_return_200_with_both_outcomes(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link_and_refresh(cookie, "plaid")
    app.link(cookie, "snaptrade")
    break_down(app, "snaptrade")
    answered = app.refresh(cookie)
    assert answered.status == 200
    outcomes = answered.json["holdings"]["portfolio_metadata"]["providers"]
    assert [outcomes[name]["status"] for name in PROVIDERS] == ["cooling_down", "failed"]


def test_unconnected_provider_does_not_mask_failure(app: App, cookie: str) -> None:
    app.link(cookie, "plaid")
    break_down(app, "plaid")
    assert app.refresh(cookie).status == 502


@pytest.mark.parametrize("provider", PROVIDERS)
def test_failed_refresh_keeps_stored_holdings(
    app: App, cookie: str, provider: ProviderName, tables: Tables, stopped_clock: StoppedClock
) -> None:
    app.link_and_refresh(cookie, provider)
    before = tables.rows("HoldingsTable")
    stopped_clock.advance(61)
    break_down(app, provider)
    assert app.refresh(cookie, provider).status == 502
    assert tables.rows("HoldingsTable") == before
    assert app.holdings(cookie)["holdings"]["portfolio_data"]["holdings"]


def test_failed_account_fails_connection_and_keeps_snapshot(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "snaptrade")
    before = tables.rows("HoldingsTable")
    stopped_clock.advance(61)
    app.trade(linked)
    break_down(app, "snaptrade", path="/accounts/", times=1)
    assert app.refresh(cookie, "snaptrade").status == 502
    assert tables.rows("HoldingsTable") == before
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True


EMPTY: dict[str, tuple[ProviderName, str, object, int]] = {
    "plaid lists no account": (
        "plaid",
        "/investments/holdings/get",
        {"accounts": [], "holdings": [], "securities": [], "item": {}},
        502,
    ),
    "plaid answers for another item": (
        "plaid",
        "/investments/holdings/get",
        {"accounts": [], "holdings": [], "securities": [], "item": {"item_id": "another"}},
        502,
    ),
    "snaptrade lists no account": ("snaptrade", "/authorizations/", [], 502),
}


@pytest.mark.invariant(id="I8")
@pytest.mark.threat(id="overwritten-holdings")
@pytest.mark.parametrize(("provider", "path", "body", "status"), EMPTY.values(), ids=EMPTY)
def test_empty_response_never_replaces_holdings(
    app: App,
    cookie: str,
    tables: Tables,
    stopped_clock: StoppedClock,
    provider: ProviderName,
    path: str,
    body: object,
    status: int,
) -> None:
    app.link_and_refresh(cookie, provider)
    before = tables.rows("HoldingsTable")
    stopped_clock.advance(61)
    break_down(app, provider, path=path, status=200, body=body)
    assert app.refresh(cookie, provider).status == status
    assert tables.rows("HoldingsTable") == before


@pytest.mark.parametrize(
    ("sync", "status"), [({"initial_sync_completed": False}, 503), ({"holdings_unavailable": True}, 200)]
)
def test_unsynchronized_account_never_replaces_holdings(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock, sync: dict[str, bool], status: int
) -> None:
    linked = app.link_and_refresh(cookie, "snaptrade")
    before = tables.rows("HoldingsTable")
    stopped_clock.advance(61)
    app.control(linked, "sync_status", **sync)
    assert app.refresh(cookie, "snaptrade").status == status
    assert tables.rows("HoldingsTable") == before


@pytest.mark.parametrize("provider", PROVIDERS)
def test_truly_empty_portfolio_is_accepted(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, provider)
    stopped_clock.advance(61)
    app.control(linked, "positions", count=0)
    refreshed = app.refresh(cookie, provider)
    assert refreshed.status == 200
    assert not [row for row in refreshed.json["holdings"]["portfolio_data"]["holdings"] if not row["is_cash"]]


def test_lost_credential_requires_reconnect(app: App, cookie: str) -> None:
    app.link(cookie, "snaptrade")
    wrong = {"detail": "Invalid userID or userSecret provided", "status_code": 401, "code": "1083"}
    break_down(app, "snaptrade", status=401, body=wrong)
    answered = app.refresh(cookie, "snaptrade")
    assert (answered.status, answered.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    pending = app.pending(cookie, "snaptrade")
    assert (pending["has_pending_updates"], pending["reconnect_required"]) == (True, True)
    [listed] = app.connections(cookie)
    assert (listed["status"], listed["status_reason"]) == ("reconnect_required", "credential_lost")


def test_adopted_user_without_credential_requires_reconnect(app: App, cookie: str, tables: Tables) -> None:
    app.holdings(cookie, "snaptrade")
    answered = app.refresh(cookie, "snaptrade")
    assert (answered.status, answered.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert tables.cooldown("snaptrade") is None


def test_item_unknown_to_plaid_becomes_revoked(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    gone = {"error_type": "ITEM_ERROR", "error_code": "ITEM_NOT_FOUND"}
    break_down(app, "plaid", status=400, body=gone)
    answered = app.refresh(cookie, "plaid")
    assert 400 <= answered.status < 500
    [listed] = app.connections(cookie)
    assert (listed["source_id"], listed["status"]) == (linked.source_id, "revoked")


def test_unconfigured_provider_returns_503_and_other_works(app: App, cookie: str) -> None:
    linked: LinkedSource = app.link(cookie, "plaid")
    app.link(cookie, "snaptrade")
    put_secret("snaptrade", {})
    refused = app.refresh(cookie, "snaptrade")
    assert (refused.status, refused.json["type"]) == (503, "urn:tidings:problem:not-configured")
    assert "snaptrade" in refused.json["detail"]
    answered = app.refresh(cookie)
    assert answered.status == 200
    outcomes = answered.json["holdings"]["portfolio_metadata"]["providers"]
    assert (outcomes["plaid"]["status"], outcomes["snaptrade"]["status"]) == ("fresh", "not_configured")
    assert outcomes["plaid"]["sources"].keys() == {linked.source_id}
