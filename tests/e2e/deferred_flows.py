"""The flows of deferred webhooks: the queue keeps them during a store outage, and they are processed afterwards."""

from dataclasses import dataclass

from tests.e2e import outage
from tests.e2e.brokers import Brokers, Provider
from tests.e2e.user import User
from tests.support.drivers.elapsed_time import delete_rate_counters
from tests.support.drivers.waiting import wait_until


@dataclass
class DeferredFlows:
    """Each method is one flow and gets a new user (`user`)."""

    user: User
    brokers: Brokers

    def webhooks_outlast_an_outage(self) -> None:
        """Defer an update, a revocation, an unlinked item, an unknown connection and a deleted connection."""
        item_id, revoked = self.user.link_and_refresh("plaid"), self.user.link_plaid()
        connection_id, ended = self.user.link_snaptrade(), self.user.link_snaptrade(broker="ALPACA")
        self.user.end_cooldowns()
        self.user.refresh()
        self._change_holdings("snaptrade", ended)
        unknown = self._connects_silently(connection_id)
        token = self.brokers.sandbox_public_token(self.user.cloud.function_urls["WebhookPlaidFunction"])
        orphan = self.brokers.listed("plaid", "items", "items")[-1]["item_id"]
        self.user.backdate_activity()
        with outage.store_refuses_webhooks(self.user.cloud):
            for order in (
                {"item_id": item_id},
                {"item_id": revoked, "type": "ITEM", "code": "USER_PERMISSION_REVOKED"},
                {"item_id": orphan},
            ):
                assert set(self.brokers.send_webhook("plaid", **order)) == {200}
            for order in (
                {"connection_id": connection_id},
                {"connection_id": unknown},
                {"connection_id": ended, "event_type": "CONNECTION_DELETED"},
            ):
                assert set(self.brokers.send_webhook("snaptrade", **order)) == {200}
        changed = {item_id: "ok", revoked: "revoked", connection_id: "ok", unknown: "ok"}
        wait_until(lambda: self._statuses() == changed, "not every connection was changed")
        updated = {item_id, connection_id, unknown}
        wait_until(lambda: self._pending() >= updated, "not all updates were counted")
        self.user.call("POST", "/plaid/exchange-public-token", 201, {"public_token": token})
        wait_until(lambda: orphan in self._pending(), "the orphan's update was not counted")

    def stale_webhooks_outlast_an_outage(self) -> None:
        connection_id = self.user.link_and_refresh("snaptrade")
        self.user.backdate_activity()
        delete_rate_counters(self.user.cloud)  # the reconciler yields to refreshes, and other users' count too
        calls = len(self.brokers.calls("snaptrade"))
        with outage.store_refuses_webhooks(self.user.cloud):
            order = {"connection_id": connection_id, "variant": "stale"}
            assert set(self.brokers.send_webhook("snaptrade", **order)) == {403}
        wait_until(lambda: len(self.brokers.calls("snaptrade")) > calls, "the connection was not checked")

    def snaptrade_ends_the_user_in_an_outage(self) -> None:
        connection_id = self.user.link_snaptrade()
        item_id = self._owner_of(connection_id)
        self.user.backdate_registration(item_id)
        with outage.store_refuses_webhooks(self.user.cloud):
            order = {"connection_id": connection_id, "event_type": "USER_DELETED"}
            assert set(self.brokers.send_webhook("snaptrade", **order)) == {200}
        wait_until(lambda: not self._statuses(), "the removal was not applied")

    def _change_holdings(self, provider: Provider, source_id: str) -> None:
        """Trade at the broker and fetch, so that there is a record of what changed."""
        self.brokers.trade(provider, source_id, silent=True)
        self.user.end_cooldowns()
        self.user.refresh(provider)

    def _statuses(self) -> dict[str, str]:
        return {one["source_id"]: one["status"] for one in self.user.call("GET", "/connections")["connections"]}

    def _pending(self) -> set[str]:
        listed = self.user.call("GET", "/connections")["connections"]
        return {one["source_id"] for one in listed if one["pending"]}

    def _connects_silently(self, connection_id: str) -> str:
        order = {"user_id": self._owner_of(connection_id), "broker": "FIDELITY", "silent": True}
        made: str = self.brokers.order("snaptrade", "connect", **order)["connection_id"]
        return made

    def _owner_of(self, connection_id: str) -> str:
        users = self.brokers.listed("snaptrade", "users", "users")
        owner = next(user for user in users if connection_id in {one["id"] for one in user["connections"]})
        return str(owner["user_id"])
