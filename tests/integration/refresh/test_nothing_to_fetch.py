"""A source without investments, by its provider's final word: its updates are cleared, and it is not fetched again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
BANK = {"id": "account-1", "account_category": "DEPOSIT"}
PATHS: dict[ProviderName, str] = {"plaid": "/investments/holdings/get", "snaptrade": "/authorizations/"}
ANSWERS: dict[ProviderName, dict[str, object]] = {
    "plaid": {"status": 400, "body": {"error_type": "ITEM_ERROR", "error_code": "NO_INVESTMENT_ACCOUNTS"}},
    "snaptrade": {"status": 200, "body": [BANK]},
}


def remove_investments(app: App, linked: LinkedSource, **how: object) -> None:
    simulator = app.providers.plaid if linked.provider == "plaid" else app.providers.snaptrade
    order = {
        "path": PATHS[linked.provider],
        "kind": "status",
        **ANSWERS[linked.provider],
        **linked.control_arguments,
        **how,
    }
    simulator("faults", **order)


@pytest.fixture(params=PROVIDERS)
def settled(app: App, cookie: str, stopped_clock: StoppedClock, request: pytest.FixtureRequest) -> LinkedSource:
    """A source that a refresh found to be without investments; the cooldown is over."""
    stopped_clock.advance(-30)  # signatures count whole seconds: they must not seem older than this fetch
    linked = app.link_and_refresh(cookie, request.param)
    app.trade(linked)
    stopped_clock.advance(61)
    remove_investments(app, linked)
    assert app.refresh(cookie, linked.provider).status == 200
    stopped_clock.advance(61)
    app.providers.reset()
    return linked


def count_calls(app: App, linked: LinkedSource) -> int:
    return len(app.providers.calls(linked.provider, PATHS[linked.provider]))


def refresh_and_read_outcome(
    app: App, cookie: str, linked: LinkedSource, body: dict[str, object] | None = None
) -> tuple[str, str | None]:
    refreshed = app.refresh(cookie, linked.provider, body)
    assert refreshed.status == 200, refreshed.text
    provider = refreshed.json["holdings"]["portfolio_metadata"]["providers"][linked.provider]
    return provider["sources"][linked.source_id]["status"], provider["sources"][linked.source_id]["error"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_source_without_investments_keeps_snapshot(
    app: App, cookie: str, provider: ProviderName, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, provider)
    before, shown = tables.rows("HoldingsTable"), app.holdings(cookie)["holdings"]["portfolio_data"]
    app.trade(linked)
    stopped_clock.advance(61)
    remove_investments(app, linked)
    assert refresh_and_read_outcome(app, cookie, linked) == ("failed", "not-offered")
    assert app.pending(cookie)["has_pending_updates"] is False
    assert tables.rows("HoldingsTable") == before
    assert app.holdings(cookie)["holdings"]["portfolio_data"] == shown


def test_not_offered_reason_is_in_connections_and_holdings(app: App, cookie: str, settled: LinkedSource) -> None:
    [listed] = app.connections(cookie)
    assert (listed["status"], listed["status_reason"]) == ("ok", "no_investment_accounts")
    source = app.holdings(cookie)["holdings"]["portfolio_metadata"]["providers"][settled.provider]["sources"]
    assert source[settled.source_id]["error"] == "not-offered"


def test_settled_source_is_skipped_when_another_has_update(app: App, cookie: str, settled: LinkedSource) -> None:
    if settled.provider == "plaid":
        another = app.link(cookie, "plaid")
    else:
        made = app.providers.snaptrade("connect", user_id=settled.item_id, broker="FIDELITY")
        app.deliver_all("snaptrade")
        another = LinkedSource("snaptrade", settled.item_id, made["connection_id"])
    app.providers.reset()
    assert refresh_and_read_outcome(app, cookie, another) == ("fresh", None)
    calls = app.providers.calls(settled.provider, PATHS[settled.provider])
    assert not [call for call in calls if settled.source_id in {call.get("item_id"), call.get("connection_id")}]


def test_settled_source_is_skipped_when_alone(app: App, cookie: str, settled: LinkedSource) -> None:
    assert refresh_and_read_outcome(app, cookie, settled) == ("failed", "not-offered")
    assert count_calls(app, settled) == 0


def test_update_refreshes_settled_source(app: App, cookie: str, settled: LinkedSource) -> None:
    app.trade(settled)
    assert app.pending(cookie)["has_pending_updates"] is True
    assert refresh_and_read_outcome(app, cookie, settled) == ("fresh", None)
    [listed] = app.connections(cookie)
    assert (listed["status"], listed["status_reason"]) == ("ok", None)


def test_delayed_update_refreshes_settled_source(
    app: App, cookie: str, settled: LinkedSource, stopped_clock: StoppedClock
) -> None:
    [caught] = app.providers.capture_webhooks(settled.provider, **settled.control_arguments)
    stopped_clock.advance(1200)
    assert app.deliver(settled.provider, caught).status == 403
    assert refresh_and_read_outcome(app, cookie, settled) == ("fresh", None)


def test_all_refreshes_settled_source(app: App, cookie: str, settled: LinkedSource) -> None:
    assert refresh_and_read_outcome(app, cookie, settled, {"all": True}) == ("fresh", None)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_update_during_not_offered_fetch_stays_pending(
    app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock
) -> None:
    linked = app.link(cookie, provider)
    app.providers.reset()
    remove_investments(app, linked, delay_s=1.0)
    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(app.refresh, cookie, provider)
        while not count_calls(app, linked):
            assert not refreshing.done()
        assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["marked"]
        assert refreshing.result().status == 200
    assert app.pending(cookie)["has_pending_updates"] is True
    stopped_clock.advance(61)
    app.providers.reset()
    assert refresh_and_read_outcome(app, cookie, linked) == ("fresh", None)


def test_not_offered_fetch_clears_user_update(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "snaptrade")
    app.send_webhook(linked, omit=["brokerageAuthorizationId"])
    assert app.pending(cookie)["has_pending_updates"] is True
    stopped_clock.advance(61)
    remove_investments(app, linked)
    assert refresh_and_read_outcome(app, cookie, linked) == ("failed", "not-offered")
    assert app.pending(cookie)["has_pending_updates"] is False
