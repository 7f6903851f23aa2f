"""Store outages: requests return 503, no update is lost or invented, and everything recovers."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.cloud import LocalCloud
from tests.e2e import outage
from tests.e2e.brokers import PROVIDERS, Brokers, Provider, named
from tests.e2e.user import PREFIX, User

pytestmark = pytest.mark.invariant(id="I6")


@contextmanager
def _without_ministack(cloud: LocalCloud) -> Iterator[None]:
    cloud.stop_ministack()
    try:
        yield
    finally:
        cloud.start_ministack()


@contextmanager
def _without_table(cloud: LocalCloud, logical_id: str) -> Iterator[None]:
    """Delete a table, then recreate it empty."""
    cloud.drop_table(logical_id)
    try:
        yield
    finally:
        cloud.provision()


def test_store_outage_returns_503_and_recovers(user: User, cloud: LocalCloud, brokers: Brokers) -> None:
    sources = {provider: user.link_and_refresh(provider) for provider in PROVIDERS}
    before = user.holdings()

    with _without_ministack(cloud):
        for method, path in (
            ("GET", "/pending-updates"),
            ("GET", "/holdings"),
            ("GET", "/connections"),
            ("POST", "/holdings/refresh"),
            ("POST", "/plaid/create-connection-url"),
        ):
            problem = user.call(method, path, 503)
            assert problem["type"] == "urn:tidings:problem:store-unavailable"
            assert problem["retry_after"] > 0
        for provider, source_id in sources.items():
            assert brokers.trade(provider, source_id)[0] == 503

    assert user.holdings()["portfolio_data"] == before["portfolio_data"]
    assert not user.is_pending(), "a webhook that was answered 503 was not counted"
    for provider, source_id in sources.items():
        assert set(brokers.trade(provider, source_id)) == {200}
    user.end_cooldowns()
    metadata = user.refresh()["holdings"]["portfolio_metadata"]
    assert (metadata["changed"], metadata["has_pending_updates"]) == (True, False)


def test_webhook_during_store_outage_is_not_lost(user: User, cloud: LocalCloud, brokers: Brokers) -> None:
    """A deferred webhook is processed once after the outage, despite retries; then a refresh shows its update."""
    sources = {provider: user.link_and_refresh(provider) for provider in PROVIDERS}
    before = user.pending()["providers"]
    with outage.store_refuses_webhooks(cloud):
        for provider, source_id in sources.items():
            assert set(brokers.trade(provider, source_id, ticker="MSFT")) == {200}
        assert not user.is_pending()
    outage.wait_until_processed(cloud)
    for provider, source_id in sources.items():
        told = user.pending(provider)["generation"]
        assert told > before[provider]["generation"]
        assert set(brokers.send_webhook(provider, **named(provider, source_id), variant="replay")) == {200}
        assert user.pending(provider)["generation"] == told
    user.end_cooldowns()
    shown = user.refresh()["holdings"]["portfolio_data"]["holdings"]
    assert "MSFT" in {row["ticker"] for row in shown}
    assert not user.is_pending()


@pytest.mark.parametrize("provider", [*PROVIDERS, None])
def test_update_state_outage_stops_refreshes_but_not_reads(
    user: User, cloud: LocalCloud, brokers: Brokers, provider: Provider | None
) -> None:
    source_id = user.link_and_refresh("plaid")
    assert set(brokers.send_webhook("plaid", **named("plaid", source_id))) == {200}
    shown = user.holdings()["portfolio_data"]
    logged = {name: len(cloud.log(name)) for name in ("HoldingsFunction", "PendingFunction")}

    with _without_table(cloud, "UpdateStateTable"):
        holdings = user.holdings(provider)
        assert holdings["portfolio_metadata"]["state_unknown"]
        if provider != "snaptrade":
            assert holdings["portfolio_data"] == shown
        assert user.pending(provider)["state_unknown"]
        problem = user.call("POST", f"{PREFIX[provider]}/holdings/refresh", 503)
        assert problem["type"] == "urn:tidings:problem:store-unavailable"
        assert brokers.send_webhook("plaid", **named("plaid", source_id)) == [200], "the queue has it"

    for name, start in logged.items():
        log = cloud.log(name)[start:]
        assert "update state unavailable" in log
        assert '"StateUnavailable"' in log, "the metric"
