"""The main job, end to end: an update arrives, the user sees it and refreshes, and nothing is pending."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.demo import Demo
from local.host_app import Message
from tests.e2e.brokers import PROVIDERS, SLOW, Brokers, Provider, named
from tests.e2e.description import Description
from tests.e2e.user import User
from tests.support.drivers.waiting import wait_until
from tests.support.fakes.host import Host

ASKED = {"plaid": "/investments/holdings/get", "snaptrade": "/authorizations"}


@dataclass
class HostOfTheSession:
    """The host app that the local cloud's messages go to, as the demo's receiver."""

    host: Host

    @contextmanager
    def listening(self, url: str) -> Iterator["HostOfTheSession"]:
        assert url == self.host.url
        yield self

    def wait_for(self, is_wanted: Callable[[Message], bool]) -> Message:
        wait_until(lambda: any(map(is_wanted, self.host.messages)), "the host app was not told")
        return next(filter(is_wanted, self.host.messages))


def test_demo_passes_against_local_cloud(
    cloud: LocalCloud, brokers: Brokers, description: Description, host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver = HostOfTheSession(host).listening
    Demo(
        cloud.front,
        cloud.plaid_simulator,
        cloud.snaptrade_simulator,
        watchers=[description.check],
        listening_host_app=receiver,
    ).run()
    shown = capsys.readouterr().out
    assert "BAD" not in shown
    assert "after the webhook, before any poll -> {}" in shown
    assert f"verified message to {host.url} -> updates.available" in shown


@pytest.mark.invariant(id="I2")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_update_is_pending_until_fetched(user: User, brokers: Brokers, provider: Provider) -> None:
    source_id = user.link(provider)
    first = user.pending(provider)
    assert (first["has_pending_updates"], first["last_refreshed_at"]) == (True, None), "a new connection is pending"
    assert set(brokers.trade(provider, source_id, ticker="MSFT", quantity="3")) == {200}
    assert user.pending(provider)["generation"] > first["generation"]

    answer = user.refresh(provider)["holdings"]

    metadata = answer["portfolio_metadata"]
    assert (metadata["has_pending_updates"], metadata["changed"]) == (False, True)
    assert metadata["providers"][provider]["sources"][source_id]["status"] == "fresh"
    assert "MSFT" in {row["ticker"] for row in answer["portfolio_data"]["holdings"]}
    assert user.holdings(provider)["portfolio_data"] == answer["portfolio_data"]
    after = user.pending(provider)
    assert (after["has_pending_updates"], after["generation"]) == (False, after["seen_generation"])
    assert after["refresh_available_at"] > after["last_refreshed_at"]


@pytest.mark.invariant(id="I1")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_update_during_slow_refresh_stays_pending(user: User, brokers: Brokers, provider: Provider) -> None:
    source_id = user.link(provider)
    brokers.order(provider, "faults", path=ASKED[provider], times=1, **SLOW)

    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(user.refresh, provider)
        wait_until(lambda: _asked(brokers.calls(provider), "path", ASKED[provider]), "the provider was not asked")
        assert set(brokers.trade(provider, source_id)) == {200}
        assert not refreshing.done()
        brokers.end_faults(provider)
        answer = refreshing.result()

    assert answer["holdings"]["portfolio_metadata"]["has_pending_updates"] is True
    assert user.is_pending(provider)


@pytest.mark.invariant(id="I2")
def test_refresh_calls_only_source_with_update(user: User, brokers: Brokers) -> None:
    items = [user.link_plaid(), user.link_plaid_embedded()]
    connections = [user.link_snaptrade(), user.link_snaptrade(broker="ALPACA")]
    user.refresh()
    assert not user.is_pending()
    user.end_cooldowns()
    brokers.reset()
    assert set(brokers.trade("plaid", items[1])) == {200}
    assert set(brokers.trade("snaptrade", connections[0])) == {200}
    user.refresh()

    assert _asked(brokers.calls("plaid"), "item_id", "/investments/holdings/get") == {items[1]}
    assert _asked(brokers.calls("snaptrade"), "connection_id", "/accounts") == {connections[0]}
    assert not user.is_pending()


@pytest.mark.invariant(id="I10")
def test_read_requests_call_no_provider(user: User, brokers: Brokers) -> None:
    for provider in PROVIDERS:
        user.link(provider)
    brokers.reset()
    for of in (*PROVIDERS, None):
        user.pending(of)
        user.holdings(of)
    assert [*brokers.calls("plaid"), *brokers.calls("snaptrade")] == []


def test_refresh_shows_other_provider_during_outage(user: User, brokers: Brokers) -> None:
    user.link_plaid()
    user.link_snaptrade()
    brokers.order("snaptrade", "faults", path="/", kind="status", status=503)

    metadata = user.refresh()["holdings"]["portfolio_metadata"]

    statuses = {name: outcome["status"] for name, outcome in metadata["providers"].items()}
    assert statuses == {"plaid": "fresh", "snaptrade": "failed"}
    assert (user.is_pending("plaid"), user.is_pending("snaptrade")) == (False, True)
    brokers.reset()
    assert user.refresh("snaptrade")["success"], "an outage costs the user no cooldown"
    user.refresh("plaid", 429)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_broken_connection_is_repaired_at_portal(user: User, brokers: Brokers, provider: Provider) -> None:
    source_id = user.link_and_refresh(provider)
    brokers.order(provider, "break", **named(provider, source_id))
    assert user.connection(source_id)["status"] == "reconnect_required"
    assert user.pending(provider)["reconnect_required"]

    prefix = "/plaid" if provider == "plaid" else "/api/snaptrade"
    body = {"reconnect": source_id, "redirect_uri": f"{user.cloud.front}/back"}
    made = user.call("POST", f"{prefix}/create-connection-url", 200, body)
    user.press_connect(made["connection_url"])
    if provider == "plaid":
        user.call("POST", "/plaid/complete-connection", 201, {"link_token": made["link_token"]})

    mended = user.connection(source_id)
    assert (mended["status"], mended["pending"]) == ("ok", True)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_disconnect_removes_connection_here_and_at_provider(user: User, brokers: Brokers, provider: Provider) -> None:
    source_id = user.link_and_refresh(provider)
    path = f"/plaid/items/{source_id}" if provider == "plaid" else f"/api/snaptrade/connections/{source_id}"

    user.call("DELETE", path, 204)

    assert user.call("GET", "/connections")["connections"] == []
    assert user.holdings(provider)["portfolio_data"]["holdings"] == []
    assert source_id not in str(brokers.listed(provider, *_LISTED[provider]))
    user.call("DELETE", path, 204)  # already disconnected


_LISTED = {"plaid": ("items", "items"), "snaptrade": ("users", "users")}


@pytest.mark.invariant(id="I7")
def test_connections_of_another_user_are_unreachable(user: User, other: User, brokers: Brokers) -> None:
    item_id = user.link_and_refresh("plaid")
    other.call("DELETE", f"/plaid/items/{item_id}", 204)
    other.call("POST", "/plaid/create-connection-url", 404, {"reconnect": item_id})
    assert other.holdings("plaid")["portfolio_data"]["holdings"] == []
    assert user.connection(item_id)["status"] == "ok"
    assert user.holdings("plaid")["portfolio_data"]["holdings"] != []


def _asked(calls: list[dict[str, Any]], name: str, path: str) -> set[str]:
    return {call[name] for call in calls if call["path"].startswith(path)}
