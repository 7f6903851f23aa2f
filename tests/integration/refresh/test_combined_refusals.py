"""A combined refresh that is refused tells each provider's own cause and wait."""

import pytest

from tests.support.drivers.app import App
from tests.support.drivers.paid_refreshes import PAID
from tests.support.fakes.clock import StoppedClock

_LIMITED = {"kind": "status", "status": 429}


@pytest.fixture
def both(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link(cookie, "plaid")
    app.link(cookie, "snaptrade")


def limit(app: App, provider: str, seconds: int) -> None:
    order = app.providers.plaid if provider == "plaid" else app.providers.snaptrade
    path = "/investments/holdings/get" if provider == "plaid" else "/authorizations"
    order("faults", path=path, headers={"Retry-After": str(seconds)}, **_LIMITED)


def told(problem: dict[str, dict[str, dict[str, object]]]) -> dict[str, tuple[object, ...]]:
    outcomes = problem["providers"].items()
    return {name: (one["status"], one["error"], one["retry_after"]) for name, one in outcomes}


@pytest.mark.parametrize(("plaid_s", "snaptrade_s"), [(150, 40), (40, 150)])
def test_each_provider_limit_is_told_with_its_own_wait(
    app: App, cookie: str, both: None, plaid_s: int, snaptrade_s: int
) -> None:
    limit(app, "plaid", plaid_s)
    limit(app, "snaptrade", snaptrade_s)
    refused = app.refresh(cookie)
    assert (refused.status, refused.json["type"]) == (429, "urn:tidings:problem:provider-limit")
    assert refused.json["retry_after"] == 40
    assert told(refused.json) == {
        "plaid": ("cooling_down", "provider-limit", plaid_s),
        "snaptrade": ("cooling_down", "provider-limit", snaptrade_s),
    }


@pytest.mark.parametrize(("limited_s", "problem", "wait_s"), [(150, "cooling-down", 60), (30, "provider-limit", 30)])
def test_cooldown_and_provider_limit_are_told_apart(
    app: App, cookie: str, both: None, limited_s: int, problem: str, wait_s: int
) -> None:
    """The problem itself is the one that ends first."""
    assert app.refresh(cookie, "plaid").status == 200
    limit(app, "snaptrade", limited_s)
    refused = app.refresh(cookie)
    assert (refused.status, refused.json["type"]) == (429, f"urn:tidings:problem:{problem}")
    assert (refused.json["retry_after"], refused.headers["retry-after"]) == (wait_s, str(wait_s))
    assert told(refused.json) == {
        "plaid": ("cooling_down", "cooling-down", 60),
        "snaptrade": ("cooling_down", "provider-limit", limited_s),
    }


def test_cooldowns_of_different_age_have_their_own_seconds(
    app: App, cookie: str, both: None, stopped_clock: StoppedClock
) -> None:
    assert app.refresh(cookie, "plaid").status == 200
    stopped_clock.advance(20)
    assert app.refresh(cookie, "snaptrade").status == 200
    refused = app.refresh(cookie)
    assert (refused.status, refused.json["retry_after"]) == (429, 40)
    assert told(refused.json) == {
        "plaid": ("cooling_down", "cooling-down", 40),
        "snaptrade": ("cooling_down", "cooling-down", 60),
    }


def test_outages_are_told_with_each_source(app: App, cookie: str, both: None) -> None:
    for order, path in (
        (app.providers.plaid, "/investments/holdings/get"),
        (app.providers.snaptrade, "/authorizations"),
    ):
        order("faults", path=path, kind="status", status=500)
    refused = app.refresh(cookie)
    assert refused.status == 502
    assert {name: one["status"] for name, one in refused.json["providers"].items()} == {
        "plaid": "failed",
        "snaptrade": "failed",
    }


def test_unconnected_provider_is_told_as_such(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link_and_refresh(cookie, "plaid")
    refused = app.refresh(cookie)
    assert refused.status == 429
    assert told(refused.json)["snaptrade"][0] == "not_connected"


def test_refused_paid_refresh_tells_each_provider_own_wait(
    app: App, cookie: str, both: None, paid: None, stopped_clock: StoppedClock
) -> None:
    assert app.refresh(cookie, "plaid").status == 200
    stopped_clock.advance(20)
    assert app.refresh(cookie, "snaptrade", PAID).status == 202
    refused = app.refresh(cookie, body=PAID)
    assert (refused.status, refused.json["retry_after"]) == (429, 40)
    assert told(refused.json) == {
        "plaid": ("cooling_down", "cooling-down", 40),
        "snaptrade": ("cooling_down", "cooling-down", 60),
    }
    as_of = {name: one["as_of"] for name, one in refused.json["providers"].items()}
    assert (as_of["plaid"] is None, as_of["snaptrade"] is None) == (False, True)


def test_refused_refresh_of_one_provider_has_no_list(app: App, cookie: str, both: None, paid: None) -> None:
    app.refresh(cookie, "plaid")
    refused = app.refresh(cookie, "plaid")
    assert refused.status == 429
    assert "providers" not in refused.json
    assert "providers" not in app.refresh(cookie, "plaid", PAID).json
