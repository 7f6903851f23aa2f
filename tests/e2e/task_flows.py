"""The flows of queued tasks, which run shortly after a webhook."""

from typing import Any

from tests.e2e.brokers import Provider
from tests.e2e.command import tidings
from tests.e2e.currency_flows import CurrencyFlows
from tests.support.drivers.elapsed_time import end_leases
from tests.support.drivers.waiting import wait_until

_EXCHANGE = "/item/public_token/exchange"


class TaskFlows(CurrencyFlows):
    """Each method is one flow and gets a new user (`user`)."""

    def plaid_completes_without_the_browser(self) -> None:
        made = self._hosted_link()
        self.user.press_connect(made["connection_url"])
        wait_until(self._connected, "the connection was not completed")
        late = self.user.call("POST", "/plaid/complete-connection", 201, {"link_token": made["link_token"]})
        assert self._connected() == [late["item_id"]]

    def plaid_completes_after_a_rate_limit(self) -> None:
        """Fail the task: the browser completes the connection before the queue's retry minutes later."""
        self.brokers.order("plaid", "faults", path=_EXCHANGE, kind="status", status=429, times=1)
        made = self._hosted_link()
        self.user.press_connect(made["connection_url"])
        wait_until(self._refused, "the task did not try")
        linked = self.user.call("POST", "/plaid/complete-connection", 201, {"link_token": made["link_token"]})
        assert self._connected() == [linked["item_id"]]

    def plaid_item_with_a_lost_credential_is_shown(self) -> None:
        """Lose Plaid's response to an exchange: the reconciler finds that nobody finished it."""
        token = self.brokers.sandbox_public_token(self.user.cloud.function_urls["WebhookPlaidFunction"])
        self.brokers.order("plaid", "faults", path=_EXCHANGE, kind="close", performed=True, times=1)
        self.user.call("POST", "/plaid/exchange-public-token", 502, {"public_token": token})
        self.brokers.learn_secrets()
        end_leases(self.user.cloud, self.user.user_id)
        self._run_of_the_schedule()
        [shown] = self.user.call("GET", "/connections")["connections"]
        assert (shown["status"], shown["status_reason"]) == ("revoked", "not_stored")

    def plaid_user_takes_one_account_back(self) -> None:
        item_id = self.user.link_and_refresh("plaid")
        before = self._accounts()
        revoked = min(before)
        order = {"item_id": item_id, "type": "ITEM", "code": "USER_ACCOUNT_REVOKED", "account_id": revoked}
        assert set(self.brokers.send_webhook("plaid", **order)) == {200}
        wait_until(lambda: self._accounts() == before - {revoked}, "the account's holdings were not deleted")
        assert before - {revoked}

    def plaid_user_takes_everything_back(self) -> None:
        item_id = self.user.link_and_refresh("plaid")
        order = {"item_id": item_id, "type": "ITEM", "code": "USER_PERMISSION_REVOKED"}
        assert set(self.brokers.send_webhook("plaid", **order)) == {200}
        wait_until(lambda: not self._accounts(), "the holdings were not deleted")
        assert self.user.connection(item_id)["status"] == "revoked"
        self.user.end_cooldowns()
        self.user.refresh("plaid", 409)

    def plaid_paid_refresh(self) -> None:
        self._paid_refresh("plaid")

    def snaptrade_paid_refresh(self) -> None:
        self._paid_refresh("snaptrade")

    def _paid_refresh(self, provider: Provider) -> None:
        """Request a paid refresh: its update reaches the user within its cooldown, by one refresh."""
        source_id = self.user.link_and_refresh(provider)
        self.user.end_cooldowns()
        self.brokers.trade(provider, source_id, ticker="MSFT", silent=True)
        accepted = self.user.refresh(provider, 202, paid=True)
        assert accepted["providers"][provider]["status"] == "pulling"
        status_url = accepted["status_url"]
        wait_until(lambda: self.user.call("GET", status_url)["status"] == "arrived", "the update did not arrive")
        assert self.user.call("GET", "/holdings/refresh")["providers"][provider]["status"] == "arrived"
        self.user.refresh(provider, 429, paid=True)
        fresh = self.user.refresh(provider)["holdings"]["portfolio_data"]["holdings"]
        assert "MSFT" in {row["ticker"] for row in fresh}
        self.user.refresh(provider, 429)

    def operator_moves_webhooks(self) -> None:
        """Move the webhooks to another path of the same function URL: items of all users keep delivering."""
        item_id = self.user.link_plaid()
        moved = tidings(self.user.cloud, "items", "move-webhooks", f"{self._webhook_url()}moved", "--per-minute", "600")
        assert moved.returncode == 0, moved.stderr
        [item] = [one for one in self.brokers.listed("plaid", "items", "items") if one["item_id"] == item_id]
        assert item["webhook"] == f"{self._webhook_url()}moved"
        assert set(self.brokers.trade("plaid", item_id)) == {200}

    def _webhook_url(self) -> str:
        return self.user.cloud.function_urls["WebhookPlaidFunction"]

    def _hosted_link(self) -> dict[str, Any]:
        body = {"redirect_uri": f"{self.user.cloud.front}/back"}
        made: dict[str, Any] = self.user.call("POST", "/plaid/create-connection-url", 200, body)
        self.brokers.secrets.add(made["link_token"])
        return made

    def _connected(self) -> list[str]:
        return [one["source_id"] for one in self.user.call("GET", "/connections")["connections"]]

    def _refused(self) -> bool:
        return any(call["path"] == _EXCHANGE and call["status"] == 429 for call in self.brokers.calls("plaid"))

    def _accounts(self) -> set[str]:
        """Return the accounts of the stored holdings."""
        rows = self.user.holdings("plaid")["portfolio_data"]["holdings"]
        return {source["account_id"] for row in rows for source in row["sources"]}
