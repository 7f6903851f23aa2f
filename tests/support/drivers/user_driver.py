"""Drive the product as one user on the real engine, with shortcuts for linking."""

from secrets import token_hex
from typing import Any

from tests.support.aws.user_rows import UserRows
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import PREFIXES, App, LinkedSource, ProviderName
from tests.support.fakes.providers import CapturedWebhook
from tidings.model import ItemKey
from tidings.providers.snaptrade.users import user_id_of
from tidings.store import credentials, item_links
from tidings.store.sources import SourceKey

_SESSION_S = 7 * 86_400
"""Longer than any test lets time pass."""


class UserDriver(UserRows):
    def __init__(self, app: App, dynamodb: Any) -> None:  # noqa: ANN401 - boto3's client
        super().__init__(dynamodb, f"user-{token_hex(5)}")
        self.app = app
        self.delete_rate_counters()
        self.cookie = app.sign_in(self.user_id, lasts_s=_SESSION_S)

    def connect(self, provider: ProviderName) -> LinkedSource:
        """Connect at the provider without a webhook and without a link."""
        if provider == "plaid":
            made = self.app.providers.plaid("connect", webhook=f"{self.app.providers.catcher.url}/plaid")
            return LinkedSource("plaid", made["item_id"], made["item_id"])
        user_id = user_id_of(self.app.email(self.user_id))
        made = self.app.providers.snaptrade("connect", user_id=user_id, silent=True)
        return LinkedSource("snaptrade", user_id, made["connection_id"])

    def connect_another(self, linked: LinkedSource) -> LinkedSource:
        """Add a connection of a SnapTrade user without a webhook."""
        made = self.app.providers.snaptrade("connect", user_id=linked.item_id, broker="FIDELITY", silent=True)
        return LinkedSource("snaptrade", linked.item_id, made["connection_id"])

    def link_existing(self, linked: LinkedSource) -> None:
        """Link the item; for SnapTrade the user, with all future connections."""
        item = ItemKey(linked.provider, linked.item_id)
        is_plaid = linked.provider == "plaid"
        key = SourceKey.of_item(self.user_id, item) if is_plaid else SourceKey.wildcard(self.user_id, item)
        item_links.link_item(key, credentials.encrypt(key, self.credential(linked)), updates=1 if is_plaid else 0)

    def link(self, provider: ProviderName) -> LinkedSource:
        """Connect and link a source, without a fetch."""
        linked = self.connect(provider)
        self.link_existing(linked)
        if provider == "snaptrade":
            self.deliver_webhooks(linked, self.capture_webhooks(linked, event_type="CONNECTION_ADDED"))
        return linked

    def link_and_refresh(self, provider: ProviderName) -> LinkedSource:
        """Link and fetch a source, then end the cooldown."""
        linked = self.link(provider)
        self.refresh(provider)
        self.end_cooldowns()
        return linked

    def register_anew(self, linked: LinkedSource) -> LinkedSource:
        """Delete the user at SnapTrade, register again, connect and fetch."""
        self.app.providers.snaptrade_simulator.state["users"].pop(linked.item_id, None)
        again = LinkedSource("snaptrade", *self.app.link_snaptrade(self.cookie))
        self.end_cooldowns()
        self.refresh("snaptrade")
        return again

    def trade(self, linked: LinkedSource) -> list[CapturedWebhook]:
        """Change the provider's holdings and return the webhooks, not delivered yet."""
        self.app.control(linked, "trade", silent=True)
        return self.capture_webhooks(linked)

    def capture_webhooks(self, linked: LinkedSource, **order: object) -> list[CapturedWebhook]:
        return self.app.providers.capture_webhooks(linked.provider, **linked.control_arguments, **order)

    def deliver_webhooks(self, linked: LinkedSource, caught: list[CapturedWebhook]) -> None:
        answers = [self.app.deliver(linked.provider, one) for one in caught]
        assert {answered.status for answered in answers} == {200}, answers

    def pending(self, provider: str | None = None) -> bool:
        return bool(self.app.pending(self.cookie, provider)["has_pending_updates"])

    def shown_holdings(self, provider: str | None = None) -> list[tuple[str, str]]:
        """Return the holdings that GET …/holdings shows; the request must succeed."""
        return shown_holdings(self.app.request(f"GET {PREFIXES.get(provider or '', '')}/holdings", self.cookie))

    def refresh(self, provider: str | None = None) -> ApiResponse:
        answered = self.app.refresh(self.cookie, provider)
        assert answered.status == 200, answered.text
        return answered

    def credential(self, linked: LinkedSource) -> str:
        if linked.provider == "plaid":
            return str(self.app.providers.plaid_simulator.state["items"][linked.item_id]["access_token"])
        return self.app.providers.snaptrade_simulator.state["users"][linked.item_id]["user_secret"]

    def is_gone_at_provider(self, linked: LinkedSource) -> bool:
        if linked.provider == "plaid":
            return linked.item_id not in self.app.providers.plaid_simulator.state["items"]
        users = self.app.providers.snaptrade_simulator.state["users"].values()
        return not any(linked.source_id in user["connections"] for user in users)


def shown_holdings(answered: ApiResponse) -> list[tuple[str, str]]:
    """Return the tickers and quantities of a portfolio."""
    assert answered.status == 200, answered.text
    rows = answered.json["holdings"]["portfolio_data"]["holdings"]
    return sorted((str(row["ticker"] or row["name"]), str(row["quantity"])) for row in rows)
