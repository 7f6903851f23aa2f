"""A first fetch is given back if the provider was not ready, and spent if it failed (I3)."""

from dataclasses import dataclass

import pytest

from tests.integration.refresh.new_source import (
    PROVIDERS,
    fail,
    link_new,
    make_ready,
    not_ready,
    outcome,
    problem,
)
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock
from tidings import clock

pytestmark = pytest.mark.invariant(id="I3")


@dataclass
class TickingClock:
    """A clock that moves by a millisecond each time it is read."""

    clock: StoppedClock

    def now_ms(self) -> int:
        self.clock.now += 1
        return self.clock.now


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
