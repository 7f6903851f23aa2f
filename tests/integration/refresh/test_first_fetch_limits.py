"""How many first fetches a cooldown permits: our limits and the provider's (I3)."""

import pytest

from tests.integration.refresh.new_source import PROVIDERS, fail, link_another, link_new, outcome, problem
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock
from tidings.providers.plaid import holdings as plaid

pytestmark = pytest.mark.invariant(id="I3")


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
    stopped_clock.round_to_minute()
    app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(5)
    link_new(app, cookie, "plaid")
    monkeypatch.setattr(plaid, "CALLS_PER_MINUTE", 2)  # four fifths of it: the refresh has used them
    before = tables.cooldown("plaid") or {}
    assert problem(app.refresh(cookie, "plaid")) == (429, "provider-busy")
    assert app.providers.calls("plaid") == []
    after = tables.cooldown("plaid") or {}
    assert (after["retry_at"], after["acquired_at"]) == (before["retry_at"], before["acquired_at"])
