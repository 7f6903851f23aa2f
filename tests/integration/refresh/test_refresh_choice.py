"""Which sources a refresh fetches: only those that need it, or all if none does (I2)."""

from collections.abc import Iterable

import pytest

from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock

pytestmark = pytest.mark.invariant(id="I2")

PAID = ("/investments/refresh", "/refresh")


@pytest.fixture
def cookie(app: App) -> str:
    return app.sign_in(lasts_s=7 * 24 * 3600)


@pytest.fixture
def items(app: App, cookie: str, stopped_clock: StoppedClock) -> list[LinkedSource]:
    """Two Plaid items, fetched; the cooldown is over."""
    linked = [app.link(cookie, "plaid"), app.link(cookie, "plaid")]
    assert app.refresh(cookie, "plaid").status == 200
    stopped_clock.advance(61)
    app.providers.reset()
    return linked


def list_fetched(app: App) -> list[str]:
    return sorted(call["item_id"] for call in app.providers.calls("plaid", "/investments/holdings/get"))


def list_ids(linked: Iterable[LinkedSource]) -> list[str]:
    return sorted(one.source_id for one in linked)


def refresh_sources(app: App, cookie: str, body: dict[str, object] | None = None) -> dict[str, str]:
    """Refresh and return each source's outcome."""
    answered = app.refresh(cookie, "plaid", body)
    assert answered.status == 200, answered.text
    outcomes = answered.json["holdings"]["portfolio_metadata"]["providers"]["plaid"]["sources"]
    return {source_id: outcome["status"] for source_id, outcome in outcomes.items()}


def test_refresh_fetches_only_source_with_update(app: App, cookie: str, items: list[LinkedSource]) -> None:
    app.trade(items[0])
    outcome = refresh_sources(app, cookie)
    assert list_fetched(app) == list_ids(items[:1])
    assert outcome == {items[0].source_id: "fresh", items[1].source_id: "stored"}


def test_refresh_without_updates_fetches_all_sources(app: App, cookie: str, items: list[LinkedSource]) -> None:
    assert set(refresh_sources(app, cookie).values()) == {"fresh"}
    assert list_fetched(app) == list_ids(items)


def test_all_true_fetches_all_sources(app: App, cookie: str, items: list[LinkedSource]) -> None:
    app.trade(items[0])
    refresh_sources(app, cookie, {"all": True})
    assert list_fetched(app) == list_ids(items)


def test_all_false_fetches_only_source_with_update(app: App, cookie: str, items: list[LinkedSource]) -> None:
    app.trade(items[0])
    refresh_sources(app, cookie, {"all": False})
    assert list_fetched(app) == list_ids(items[:1])


def test_new_source_is_fetched_alone(app: App, cookie: str, items: list[LinkedSource]) -> None:
    added = app.link(cookie, "plaid")
    app.providers.reset()
    refresh_sources(app, cookie)
    assert list_fetched(app) == list_ids([added])


def test_failed_source_is_fetched_again(
    app: App, cookie: str, items: list[LinkedSource], stopped_clock: StoppedClock
) -> None:
    broken = items[0]
    app.providers.plaid(
        "faults", path="/investments/holdings/get", kind="status", status=500, item_id=broken.source_id, times=1
    )
    assert refresh_sources(app, cookie) == {broken.source_id: "failed", items[1].source_id: "fresh"}
    stopped_clock.advance(61)
    app.providers.reset()
    assert refresh_sources(app, cookie) == {broken.source_id: "fresh", items[1].source_id: "stored"}
    assert list_fetched(app) == list_ids([broken])


def test_holdings_older_than_a_day_are_fetched_again(
    app: App, cookie: str, items: list[LinkedSource], stopped_clock: StoppedClock
) -> None:
    stopped_clock.advance(24 * 3600 - 120)
    app.link(cookie, "plaid")
    app.providers.reset()
    refresh_sources(app, cookie)
    assert len(list_fetched(app)) == 1, "the two others are not a day old yet"
    stopped_clock.advance(180)
    app.providers.reset()
    refresh_sources(app, cookie)
    assert list_fetched(app) == list_ids(items)


def test_refresh_fetches_only_named_providers(app: App, cookie: str, items: list[LinkedSource]) -> None:
    app.link(cookie, "snaptrade")
    app.providers.reset()
    answered = app.refresh(cookie, body={"providers": ["plaid"]})
    outcomes = answered.json["holdings"]["portfolio_metadata"]["providers"]
    assert (outcomes["plaid"]["status"], outcomes["snaptrade"]["status"]) == ("fresh", "stored")
    assert app.providers.calls("snaptrade") == []
    assert answered.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"providers": []},
        {"providers": ["yodlee"]},
        {"providers": "plaid"},
        {"providers": [["plaid"]]},
        {"providers": [None]},
        {"providers": {"plaid": True}},
        {"all": 1},
        {"all": "true"},
        {"all": None},
        {"all": []},
    ],
)
def test_invalid_refresh_body_returns_400(
    app: App, cookie: str, items: list[LinkedSource], body: dict[str, object]
) -> None:
    answered = app.refresh(cookie, body=body)
    assert (answered.status, answered.json["type"]) == (400, "urn:tidings:problem:bad-request")
    assert app.providers.calls("plaid") == []


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_refresh_makes_no_paid_call(app: App, cookie: str, provider: ProviderName) -> None:
    linked = app.link_and_refresh(cookie, provider)
    app.trade(linked)
    app.holdings(cookie)
    app.request("GET /connections", cookie)
    assert [call for call in app.providers.calls(provider) if call["path"].endswith(PAID)] == []


def test_refresh_calls_no_retired_snaptrade_endpoint(app: App, cookie: str) -> None:
    app.link_and_refresh(cookie, "snaptrade")
    paths = [call["path"] for call in app.providers.calls("snaptrade")]
    assert not [path for path in paths if path.endswith(("/holdings", "/positions", "/options"))]


def test_unchanged_source_is_distinguished_from_changed(
    app: App, cookie: str, items: list[LinkedSource], stopped_clock: StoppedClock
) -> None:
    app.control(items[0], "trade", silent=True)
    metadata = app.refresh(cookie, "plaid").json["holdings"]["portfolio_metadata"]
    of_sources = metadata["providers"]["plaid"]["sources"]
    assert {source_id: one["changed"] for source_id, one in of_sources.items()} == {
        items[0].source_id: True,
        items[1].source_id: False,
    }
    assert (metadata["changed"], metadata["providers"]["plaid"]["changed"]) == (True, True)
    stopped_clock.advance(61)
    metadata = app.refresh(cookie, "plaid").json["holdings"]["portfolio_metadata"]
    assert (metadata["changed"], metadata["providers"]["plaid"]["changed"]) == (False, False)
