"""The flows of the reconciler: free status checks find missed updates and mark them pending."""

from tests.e2e.brokers import PROVIDERS
from tests.e2e.deferred_flows import DeferredFlows
from tests.support.drivers.waiting import wait_until

_RUN = "/_local/schedules/ReconcileFunctionRun/run"
_GONE = {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}


class ReconcileFlows(DeferredFlows):
    """Each method is one flow and gets a new user (`user`)."""

    def lost_webhooks_are_found(self) -> None:
        sources = {provider: self.user.link_and_refresh(provider) for provider in PROVIDERS}
        for provider, source_id in sources.items():
            self.brokers.trade(provider, source_id, ticker="MSFT", silent=True)
        self.user.end_cooldowns()
        self._run_of_the_schedule()
        assert not self.user.is_pending(), "neither was silent for long"
        self.user.backdate_activity()
        self._run_of_the_schedule()
        wait_until(lambda: self._pending() == set(sources.values()), "the updates were not found")
        shown = self.user.refresh()["holdings"]["portfolio_data"]["holdings"]
        [bought] = [row for row in shown if row["ticker"] == "MSFT"]
        assert {source["source_id"] for source in bought["sources"]} == set(sources.values())
        assert not self.user.is_pending()

    def lost_connections_are_found_and_ended_ones_removed(self) -> None:
        ended = self.user.link_and_refresh("snaptrade")
        self._change_holdings("snaptrade", ended)
        self.user.end_cooldowns()
        added = self._connects_silently(ended)
        listed = [{"id": added, "brokerage": {"name": "Fidelity"}, "disabled": False}]
        spoilt = {"kind": "status", "times": 1}
        self.brokers.order("snaptrade", "faults", path=f"/authorizations/{ended}", status=404, body=_GONE, **spoilt)
        self.brokers.order("snaptrade", "faults", path="/authorizations", status=200, body=listed, **spoilt)
        self.user.backdate_activity()
        self._run_of_the_schedule()
        wait_until(lambda: set(self._statuses()) == {added}, "the connections are as before")
        wait_until(lambda: self._pending() == {added}, "the new connection is not pending")
        assert self.user.holdings("snaptrade")["portfolio_data"]["holdings"] == []

    def broken_providers_are_left_alone(self) -> None:
        item_id = self.user.link_and_refresh("plaid")
        self.brokers.trade("plaid", item_id, silent=True)
        self.brokers.order("plaid", "faults", path="/item/get", kind="status", status=500, item_id=item_id)
        self.user.end_cooldowns()
        self.user.backdate_activity()
        self._run_of_the_schedule()
        wait_until(self._refused_to_say, "nobody asked")
        assert not self.user.is_pending()

    def delayed_webhooks_are_checked_at_once(self) -> None:
        sources = {provider: self.user.link_and_refresh(provider) for provider in PROVIDERS}
        self.user.end_cooldowns()
        self.user.backdate_activity()
        for provider, source_id in sources.items():
            self.brokers.trade(provider, source_id, silent=True)
            order = {"item_id" if provider == "plaid" else "connection_id": source_id, "variant": "stale"}
            assert set(self.brokers.send_webhook(provider, **order)) == {403}
        wait_until(lambda: self._pending() == set(sources.values()), "they were not looked into")

    def _run_of_the_schedule(self) -> None:
        self.brokers.client.post(f"{self.user.cloud.front}{_RUN}").raise_for_status()

    def _refused_to_say(self) -> bool:
        return any(call["path"] == "/item/get" and call["status"] == 500 for call in self.brokers.calls("plaid"))
