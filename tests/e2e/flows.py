"""Drive every flow once: all routes, all kinds of webhooks, all outcomes of a refresh."""

import hashlib

from tests.e2e.live_flows import LiveFlows
from tests.e2e.user import User

_PLAID_EVENTS = (
    ("HOLDINGS", "DEFAULT_UPDATE"),
    ("INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE"),
    ("INVESTMENTS_TRANSACTIONS", "HISTORICAL_UPDATE"),
    ("ITEM", "ERROR"),
    ("ITEM", "LOGIN_REPAIRED"),
    ("ITEM", "PENDING_EXPIRATION"),
    ("ITEM", "PENDING_DISCONNECT"),
    ("ITEM", "NEW_ACCOUNTS_AVAILABLE"),
    ("ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED"),
    ("ITEM", "USER_ACCOUNT_REVOKED"),
    ("ITEM", "USER_PERMISSION_REVOKED"),
    ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"),
    ("AUTH", "AUTOMATICALLY_VERIFIED"),
)
_SNAPTRADE_EVENTS = (
    "ACCOUNT_HOLDINGS_UPDATED",
    "ACCOUNT_REMOVED",
    "ACCOUNT_TRANSACTIONS_INITIAL_UPDATE",
    "ACCOUNT_TRANSACTIONS_UPDATED",
    "CONNECTION_ADDED",
    "CONNECTION_ATTEMPTED",
    "CONNECTION_BROKEN",
    "CONNECTION_FAILED",
    "CONNECTION_FIXED",
    "CONNECTION_UPDATED",
    "NEW_ACCOUNT_AVAILABLE",
    "TEST_WEBHOOK",
    "TRADES_PLACED",
    "TRADE_DETECTION",
    "TRADE_UPDATE",
    "USER_REGISTERED",
    "SOMETHING_NEW",
)
_GENUINE = {200}
_STORED_NOTHING = {403}
_FAILED_UPDATE = {"details": {"positions": {"success": False}, "balances": {"success": False}}}
_GONE = {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}
_WRONG_SECRET = {"detail": "Invalid userID or userSecret provided", "status_code": 401, "code": "1083"}


class Flows(LiveFlows):
    """Each method is one flow and gets a new user (`user`)."""

    # --- Plaid

    def plaid_links(self) -> None:
        """Complete Hosted Link twice, exchange an embedded Link token twice, and send unknown tokens."""
        body = {"redirect_uri": f"{self.user.cloud.front}/back"}
        made = self.user.call("POST", "/plaid/create-connection-url", 200, body)
        completion = {"link_token": made["link_token"]}
        self.user.call("POST", "/plaid/complete-connection", 409, completion)
        self.user.press_connect(made["connection_url"])
        first = self.user.call("POST", "/plaid/complete-connection", 201, completion)
        assert self.user.call("POST", "/plaid/complete-connection", 201, completion) == first
        self.user.call("POST", "/plaid/complete-connection", 404, {"link_token": "link-of-nobody"})
        self.user.link_plaid_embedded()
        self.user.call("POST", "/plaid/exchange-public-token", 400, {"public_token": "public-of-nobody"})
        assert len(self.user.call("GET", "/connections")["connections"]) == 2
        self.user.call("DELETE", f"/plaid/items/{first['item_id']}", 204)
        self.user.call("DELETE", "/connections", 204)

    def plaid_reconnects(self) -> None:
        item_id = self.user.link_and_refresh("plaid")
        self.brokers.order("plaid", "break", item_id=item_id)
        self.user.end_cooldowns()
        self.user.refresh("plaid", 409)
        body = {"reconnect": item_id, "redirect_uri": f"{self.user.cloud.front}/back"}
        made = self.user.call("POST", "/plaid/create-connection-url", 200, body)
        self.user.press_connect(made["connection_url"])
        self.user.call("POST", "/plaid/complete-connection", 201, {"link_token": made["link_token"]})
        self.user.end_cooldowns()
        self.user.refresh("plaid")

    def plaid_tells(self) -> None:
        item_id = self.user.link_plaid()
        for kind, code in _PLAID_EVENTS:
            assert set(self.brokers.send_webhook("plaid", item_id=item_id, type=kind, code=code)) == _GENUINE
        route = f"{self.user.cloud.front}/plaid/webhook"
        assert set(self.brokers.send_webhook("plaid", item_id=item_id, url=route)) == _GENUINE
        assert set(self.brokers.send_webhook("plaid", item_id=item_id, times=2)) == _GENUINE
        assert set(self.brokers.send_webhook("plaid", item_id=item_id, variant="replay")) == _GENUINE
        for variant in ("forged", "tampered", "unsigned", "stale"):
            assert set(self.brokers.send_webhook("plaid", item_id=item_id, variant=variant)) == _STORED_NOTHING

    def plaid_tells_too_early(self) -> None:
        """Record an update of an unlinked item, and hand it to the user who links the item."""
        url = self.user.cloud.function_urls["WebhookPlaidFunction"]
        token = self.brokers.sandbox_public_token(url)
        item_id = self.brokers.listed("plaid", "items", "items")[-1]["item_id"]
        for kind, code in (("HOLDINGS", "DEFAULT_UPDATE"), ("ITEM", "ERROR"), ("ITEM", "LOGIN_REPAIRED")):
            assert set(self.brokers.send_webhook("plaid", item_id=item_id, type=kind, code=code)) == _GENUINE
        self.user.call("POST", "/plaid/exchange-public-token", 201, {"public_token": token})
        assert self.user.pending("plaid")["generation"] > 1, "the new connection and what came before it"

    # --- SnapTrade

    def snaptrade_links(self) -> None:
        connection_id = self.user.link_snaptrade()
        self.user.link_snaptrade(broker="ALPACA")
        self.brokers.order("snaptrade", "break", connection_id=connection_id)
        self.user.link_snaptrade(reconnect=connection_id)
        self.user.refresh("snaptrade")
        self._change_holdings("snaptrade", connection_id)
        self.user.call("DELETE", f"/api/snaptrade/connections/{connection_id}", 204)
        self.user.call("DELETE", "/connections", 204)
        assert self.user.call("GET", "/connections") == {"connections": []}

    def snaptrade_knows_the_user(self) -> None:
        """Find a user that an older backend registered, whose secret is lost: the user is unusable."""
        connection_id = self._connect("QUESTRADE")
        self.user.holdings("snaptrade")
        self.user.call("POST", "/api/snaptrade/create-connection-url", 409, {})
        assert set(self.brokers.trade("snaptrade", connection_id)) == _GENUINE
        assert self.user.is_pending("snaptrade")
        self.user.refresh("snaptrade", 409)
        self.user.holdings("snaptrade")
        assert self.user.call("GET", "/connections")["connections"][0]["status_reason"] == "credential_lost"
        self.user.call("POST", "/api/snaptrade/create-connection-url", 200, {"replace": True})
        self.user.link_snaptrade()

    def snaptrade_tells(self) -> None:
        connection_id = self.user.link_snaptrade()
        self.user.refresh("snaptrade")
        for kind in _SNAPTRADE_EVENTS:
            for shape in ("native", "legacy", "oauth_v1"):
                self._told(kind, connection_id=connection_id, shape=shape)
        route = f"{self.user.cloud.front}/api/snaptrade/webhook"
        self._told("ACCOUNT_HOLDINGS_UPDATED", connection_id=connection_id, url=route)
        self._told("CONNECTION_BROKEN", connection_id=connection_id, age_s=200)
        self._told("ACCOUNT_HOLDINGS_UPDATED", connection_id=connection_id, extra=_FAILED_UPDATE)
        self._told("ACCOUNT_HOLDINGS_UPDATED", connection_id=connection_id, omit=["eventTimestamp"])
        self._told("ACCOUNT_HOLDINGS_UPDATED", connection_id=connection_id, omit=["brokerageAuthorizationId"])
        self._told("ACCOUNT_HOLDINGS_UPDATED", connection_id=connection_id, variant="replay")
        for variant in ("forged", "tampered", "unsigned", "stale"):
            order = {"connection_id": connection_id, "variant": variant}
            assert set(self.brokers.send_webhook("snaptrade", **order)) == _STORED_NOTHING

    def snaptrade_tells_of_what_is_new(self) -> None:
        """Send webhooks of a connection without a row, and of an unknown user."""
        self.user.link_snaptrade()
        made = self._connect("ALPACA")
        self._told("CONNECTION_ADDED", connection_id=made)
        assert self.user.connection(made)["pending"]
        self._told("ACCOUNT_HOLDINGS_UPDATED", user_id="user_of_nobody")

    def snaptrade_removes(self) -> None:
        first = self.user.link_snaptrade()
        self.user.link_snaptrade(broker="ALPACA")
        self.user.refresh("snaptrade")
        self._change_holdings("snaptrade", first)
        self._told("CONNECTION_DELETED", connection_id=first)
        self._told("CONNECTION_DELETED", connection_id=first, variant="replay")
        assert len(self.user.call("GET", "/connections")["connections"]) == 1
        self._told("USER_DELETED", user_id=snaptrade_user(self.user))
        assert len(self.user.call("GET", "/connections")["connections"]) == 1, "it may be of an earlier registration"
        self.user.backdate_registration(snaptrade_user(self.user))
        self._told("USER_DELETED", user_id=snaptrade_user(self.user))
        assert self.user.call("GET", "/connections") == {"connections": []}
        assert self.user.holdings()["portfolio_data"]["holdings"] == []

    # --- Refreshing

    def refresh_of_nothing(self) -> None:
        for provider in ("plaid", "snaptrade", None):
            self.user.refresh(provider)

    def refresh_finds_and_misses_connections(self) -> None:
        """Discover a connection without a webhook, and delete one that SnapTrade no longer has."""
        gone = self.user.link_snaptrade()
        new = self._connect("ALPACA")
        self.user.refresh("snaptrade")
        assert self.user.connection(new)["status"] == "ok"
        self._change_holdings("snaptrade", gone)
        self.user.end_cooldowns()
        for path, status, body in ((f"/authorizations/{gone}", 404, _GONE), ("/authorizations", 200, [{"id": new}])):
            answer = {"path": path, "kind": "status", "status": status, "body": body, "times": 1}
            self.brokers.order("snaptrade", "faults", **answer)
        self.user.refresh("snaptrade", all=True)
        assert [one["source_id"] for one in self.user.call("GET", "/connections")["connections"]] == [new]

    def refresh_fails(self) -> None:
        """Refresh during an outage, a provider's rate limit, a revoked credential and the cooldown."""
        self.user.link_plaid()
        self.user.link_snaptrade()
        for provider in ("plaid", "snaptrade"):
            self.brokers.order(provider, "faults", path="/", kind="status", status=500)
        self.user.refresh(None, 502)
        self.brokers.reset()
        limit = {"kind": "status", "status": 429, "headers": {"retry-after": "7"}}
        self.brokers.order("plaid", "faults", path="/investments", times=1, **limit)
        self.user.refresh("plaid", 429)
        self.user.refresh("snaptrade")
        self.user.refresh("snaptrade", 429)

    def refresh_with_a_lost_credential(self) -> None:
        self.user.link_snaptrade()
        lost = {"kind": "status", "status": 401, "body": _WRONG_SECRET}
        self.brokers.order("snaptrade", "faults", path="/authorizations", **lost)
        self.user.refresh("snaptrade", 409)

    # --- Reading

    def reads(self) -> None:
        self.user.link_and_refresh("plaid")
        self.user.link_and_refresh("snaptrade")
        polled = ("/pending-updates", "/plaid/pending-updates", "/api/snaptrade/pending-updates")
        for path in (*polled, "/institutions"):
            first = self.user.client.get(path)
            assert self.user.client.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 304
        for path in ("/holdings", "/plaid/holdings", "/api/snaptrade/holdings"):
            assert self.user.call("GET", path)["holdings"]["portfolio_data"]["holdings"] != []

    def reads_the_past(self) -> None:
        plaid = self.user.link_and_refresh("plaid")
        self._change_holdings("plaid", plaid)
        assert [point["complete"] for point in self.user.call("GET", "/holdings/history")["points"]] == [True]
        assert [one["source_id"] for one in self.user.call("GET", "/holdings/changes")["changes"]] == [plaid]

    def _told(self, kind: str, **order: object) -> None:
        assert set(self.brokers.send_webhook("snaptrade", event_type=kind, **order)) == _GENUINE, (kind, order)

    def _connect(self, broker: str) -> str:
        """Create a connection without a webhook."""
        made = self.brokers.order("snaptrade", "connect", user_id=snaptrade_user(self.user), broker=broker, silent=True)
        connection_id: str = made["connection_id"]
        return connection_id


def snaptrade_user(user: User) -> str:
    """Return the SnapTrade user id that older backends and this one register for the user."""
    return "user_" + hashlib.sha256(user.email.encode()).hexdigest()[:16]
