"""GET …/pending-updates: true after an update, false after the refresh."""

import pytest

from tests.support.drivers.app import App, ProviderName
from tests.support.fakes.clock import StoppedClock


@pytest.mark.invariant(id="I2")
@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_update_stays_pending_until_fetched(app: App, provider: ProviderName, stopped_clock: StoppedClock) -> None:
    cookie = app.sign_in()
    linked = app.link_and_refresh(cookie, provider)
    assert app.pending(cookie, provider)["has_pending_updates"] is False

    assert {answered.status for answered in app.trade(linked)} == {200}

    pending = app.pending(cookie, provider)
    assert pending["has_pending_updates"] is True
    assert pending["generation"] > pending["seen_generation"]
    assert pending["last_update_at"] >= pending["last_refreshed_at"]
    assert app.pending(cookie)["has_pending_updates"] is True

    stopped_clock.advance(61)
    refreshed = app.refresh(cookie, provider)
    assert refreshed.status == 200
    assert refreshed.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is False
    assert app.pending(cookie, provider)["has_pending_updates"] is False
    assert app.holdings(cookie)["holdings"]["portfolio_metadata"]["has_pending_updates"] is False


def test_new_plaid_item_is_pending(app: App) -> None:
    cookie = app.sign_in()
    assert app.pending(cookie, "plaid") == {
        "has_pending_updates": False,
        "generation": 0,
        "seen_generation": 0,
        "last_update_at": None,
        "last_refreshed_at": None,
        "refresh_available_at": None,
        "reconnect_required": False,
    }
    app.link_plaid(cookie)
    assert app.pending(cookie, "plaid")["has_pending_updates"] is True


def test_combined_pending_route_shows_both_providers(app: App) -> None:
    cookie = app.sign_in()
    app.link_plaid(cookie)
    combined = app.pending(cookie)
    assert combined["has_pending_updates"] is True
    assert set(combined["providers"]) == {"plaid", "snaptrade"}
    assert combined["providers"]["snaptrade"]["has_pending_updates"] is False


def test_unchanged_pending_response_is_304(app: App) -> None:
    cookie = app.sign_in()
    first = app.request("GET /pending-updates", cookie)
    again = app.request("GET /pending-updates", cookie, headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    app.link_plaid(cookie)
    changed = app.request("GET /pending-updates", cookie, headers={"if-none-match": first.headers["etag"]})
    assert changed.status == 200


@pytest.mark.invariant(id="I10")
def test_pending_poll_calls_no_provider(app: App) -> None:
    cookie = app.sign_in()
    app.link_plaid(cookie)
    app.providers.reset()
    app.pending(cookie)
    app.holdings(cookie)
    assert app.providers.calls("plaid") + app.providers.calls("snaptrade") == []


@pytest.mark.parametrize("cookie", [None, "nobody"])
def test_pending_poll_without_session_is_401(app: App, cookie: str | None) -> None:
    answered = app.request("GET /pending-updates", cookie)
    assert answered.status == 401
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json["type"] == "urn:tidings:problem:unauthenticated"
