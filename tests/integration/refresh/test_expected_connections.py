"""A connection made in SnapTrade's portal within a cooldown: the next refresh looks for it (I3)."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN, ApiResponse
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock
from tidings.providers.snaptrade import holdings as snaptrade

pytestmark = pytest.mark.invariant(id="I3")

LIST = "/authorizations"


@pytest.fixture
def old(app: App, cookie: str, stopped_clock: StoppedClock) -> LinkedSource:
    """A connection that was refreshed an hour after its URL was created: its cooldown runs."""
    linked = app.link(cookie, "snaptrade")
    app.sign_in(lasts_s=36_000)
    stopped_clock.advance(3600)
    assert app.refresh(cookie, "snaptrade").status == 200
    stopped_clock.advance(1)
    app.providers.reset()
    return linked


def create_url(app: App, cookie: str, **body: object) -> str:
    body = {"redirect_uri": f"{ORIGIN}/connected", **body}
    made = app.request("POST /api/snaptrade/create-connection-url", cookie, body=body)
    assert made.status == 200, made.text
    return str(made.json["connection_url"])


def connect_silently(app: App, url: str) -> LinkedSource:
    """Finish the portal; SnapTrade's webhooks are lost."""
    linked = LinkedSource("snaptrade", *app.providers.snaptrade_portal(url))
    app.providers.reset()
    return linked


def listings(app: App) -> int:
    return sum(call["path"] == LIST for call in app.providers.calls("snaptrade"))


def statuses(answered: ApiResponse) -> dict[str, str]:
    assert answered.status == 200, answered.text
    found = answered.json["holdings"]["portfolio_metadata"]["providers"]["snaptrade"]["sources"]
    return {source_id: one["status"] for source_id, one in found.items()}


def test_expected_connection_is_found_and_fetched_alone(app: App, cookie: str, old: LinkedSource) -> None:
    linked = connect_silently(app, create_url(app, cookie, broker="FIDELITY"))
    assert statuses(app.refresh(cookie, "snaptrade")) == {old.source_id: "cooling_down", linked.source_id: "fresh"}
    paths = [call["path"] for call in app.providers.calls("snaptrade", LIST)]
    assert sorted(paths) == [LIST, f"{LIST}/{linked.source_id}/accounts"]
    app.providers.reset()
    assert app.refresh(cookie, "snaptrade").status == 429
    assert app.providers.calls("snaptrade") == []


def test_connection_is_listed_every_ten_seconds_and_six_times_per_url(
    app: App, cookie: str, old: LinkedSource, monkeypatch: pytest.MonkeyPatch, stopped_clock: StoppedClock
) -> None:
    create_url(app, cookie)
    stopped_clock.advance(59)
    monkeypatch.setenv("REFRESH_COOLDOWN_SECONDS", "600")
    assert app.refresh(cookie, "snaptrade").status == 200
    app.providers.reset()
    for number in range(1, 8):
        assert app.refresh(cookie, "snaptrade").status == 429
        assert listings(app) == min(number, 6)
        stopped_clock.advance(9.9)
        assert app.refresh(cookie, "snaptrade").status == 429
        assert listings(app) == min(number, 6)
        stopped_clock.advance(0.1)
    create_url(app, cookie)
    app.providers.reset()
    assert app.refresh(cookie, "snaptrade").json["retry_after"] > 1
    assert listings(app) == 1


def test_connection_is_expected_for_an_hour(
    app: App, cookie: str, old: LinkedSource, monkeypatch: pytest.MonkeyPatch, stopped_clock: StoppedClock
) -> None:
    monkeypatch.setenv("REFRESH_COOLDOWN_SECONDS", "7200")
    stopped_clock.advance(60)
    assert app.refresh(cookie, "snaptrade").status == 200
    create_url(app, cookie)
    app.providers.reset()
    stopped_clock.advance(3600)
    assert app.refresh(cookie, "snaptrade").status == 429
    assert listings(app) == 0
    stopped_clock.advance(-0.001)
    assert app.refresh(cookie, "snaptrade").status == 429
    assert listings(app) == 1


def test_no_connection_is_expected_without_url_for_a_new_one(app: App, cookie: str, old: LinkedSource) -> None:
    assert app.refresh(cookie, "snaptrade").status == 429
    create_url(app, cookie, reconnect=old.source_id)
    app.providers.reset()
    assert app.refresh(cookie, "snaptrade").status == 429
    assert app.providers.calls("snaptrade") == []


def test_listing_needs_no_wait_that_snaptrade_demands(
    app: App, cookie: str, old: LinkedSource, stopped_clock: StoppedClock
) -> None:
    stopped_clock.advance(60)
    app.providers.snaptrade("faults", path=LIST, kind="status", status=429, headers={"Retry-After": "100"})
    assert app.refresh(cookie, "snaptrade").status == 429
    app.providers.reset()
    connect_silently(app, create_url(app, cookie, broker="FIDELITY"))
    assert app.refresh(cookie, "snaptrade").status == 429
    assert app.providers.calls("snaptrade") == []


def test_limit_met_by_listing_is_kept(app: App, cookie: str, old: LinkedSource, stopped_clock: StoppedClock) -> None:
    connect_silently(app, create_url(app, cookie, broker="FIDELITY"))
    app.providers.snaptrade("faults", path=LIST, kind="status", status=429, headers={"Retry-After": "100"})
    refused = app.refresh(cookie, "snaptrade")
    assert (refused.status, refused.json["type"]) == (429, "urn:tidings:problem:provider-limit")
    app.providers.reset()
    stopped_clock.advance(99)
    assert app.refresh(cookie, "snaptrade").json["retry_after"] == 1
    assert app.providers.calls("snaptrade") == []


def test_listing_over_our_rate_limit_is_refused(
    app: App, cookie: str, old: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_silently(app, create_url(app, cookie, broker="FIDELITY"))
    monkeypatch.setattr(snaptrade, "CALLS_PER_MINUTE", 1)  # four fifths of it
    refused = app.refresh(cookie, "snaptrade")
    assert (refused.status, refused.json["type"]) == (429, "urn:tidings:problem:provider-busy")
    assert app.providers.calls("snaptrade") == []


def test_listing_that_fails_tells_its_own_error(
    app: App, cookie: str, old: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = connect_silently(app, create_url(app, cookie, broker="FIDELITY"))
    app.providers.snaptrade("faults", path=LIST, kind="status", status=500)
    assert app.refresh(cookie, "snaptrade").status == 502
    app.providers.reset()
    stopped_clock.advance(10)
    assert statuses(app.refresh(cookie, "snaptrade"))[linked.source_id] == "fresh"
    assert tables.generation("snaptrade", old.source_id) == 1


def test_listing_leaves_missing_and_disabled_connections(
    app: App, cookie: str, old: LinkedSource, tables: Tables
) -> None:
    """Only the next refresh confirms that a connection is gone."""
    linked = connect_silently(app, create_url(app, cookie, broker="FIDELITY"))
    app.control(linked, "break")
    app.providers.catcher.captured.clear()
    del app.providers.snaptrade_simulator.state["users"][old.item_id]["connections"][old.source_id]
    refused = app.refresh(cookie, "snaptrade")
    assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert tables.source("snaptrade", old.source_id) is not None
