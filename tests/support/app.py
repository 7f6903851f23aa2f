"""The whole product in one process: every route's handler, called with gateway events, over mocked or real AWS."""

import importlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.calls import Answered, call, event
from tests.support.providers import Caught, Providers
from tidings.model import User
from tidings.store import sessions

_HANDLERS = (
    (r"POST /plaid/webhook", "functions.webhook_plaid.handler"),
    (r"POST /api/snaptrade/webhook", "functions.webhook_snaptrade.handler"),
    (r"GET .*/pending-updates", "functions.pending.handler"),
    (r"GET .*/holdings", "functions.holdings.read"),
    (r"POST .*/holdings/refresh", "functions.holdings.refresh"),
    (r".*", "functions.connections.handler"),
)
_WEBHOOKS = {"plaid": "POST /plaid/webhook", "snaptrade": "POST /api/snaptrade/webhook"}
PREFIXES = {"plaid": "/plaid", "snaptrade": "/api/snaptrade"}


def handler(route: str) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    module = next(module for pattern, module in _HANDLERS if re.fullmatch(pattern, route))
    found: Callable[[dict[str, Any], Any], dict[str, Any]] = importlib.import_module(module).lambda_handler
    return found


@dataclass
class App:
    providers: Providers

    def sign_in(self, user_id: str = "alice", email: str | None = "alice@example.com") -> str:
        """A cookie of a session that lasts an hour."""
        cookie = f"cookie-of-{user_id}"
        sessions.create(cookie, User(user_id, email), int(time.time()) + 3600)
        return cookie

    def request(self, route: str, cookie: str | None = None, **sent: Any) -> Answered:  # noqa: ANN401
        return call(handler(route), event(route, cookie=cookie, **sent))

    def deliver(self, provider: str, caught: Caught, **changes: Any) -> Answered:  # noqa: ANN401
        """Hand a webhook that a simulator posted to the provider's function."""
        headers, body = caught
        return self.request(_WEBHOOKS[provider], headers=headers, **{"raw": body, **changes})

    def deliver_all(self, provider: str) -> list[Answered]:
        return [self.deliver(provider, caught) for caught in self.providers.catcher.taken()]

    def pending(self, cookie: str, provider: str | None = None) -> Any:  # noqa: ANN401
        return self._json(f"GET {PREFIXES.get(provider or '', '')}/pending-updates", cookie)

    def holdings(self, cookie: str, provider: str | None = None) -> Any:  # noqa: ANN401
        return self._json(f"GET {PREFIXES.get(provider or '', '')}/holdings", cookie)

    def refresh(self, cookie: str, provider: str | None = None, body: Mapping[str, object] | None = None) -> Answered:
        return self.request(f"POST {PREFIXES.get(provider or '', '')}/holdings/refresh", cookie, body=body)

    def link_plaid(self, cookie: str) -> str:
        """Link a sandbox item of the simulator; its item id."""
        token = self.providers.plaid_public_token(f"{self.providers.catcher.url}/plaid")
        linked = self.request("POST /plaid/exchange-public-token", cookie, body={"public_token": token})
        assert linked.status == 201, linked.text
        item_id: str = linked.json["item_id"]
        return item_id

    def link_snaptrade(self, cookie: str) -> tuple[str, str]:
        """Connect a brokerage through the simulator's portal; the SnapTrade user's id and the connection's."""
        made = self.request("POST /api/snaptrade/create-connection-url", cookie, body={})
        assert made.status == 200, made.text
        return self.providers.snaptrade_portal(made.json["connection_url"])

    def _json(self, route: str, cookie: str) -> Any:  # noqa: ANN401
        answered = self.request(route, cookie)
        assert answered.status == 200, answered.text
        return answered.json
