"""The whole product in one process: every route's handler, called with gateway events, over mocked or real AWS."""

import importlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Literal

from tests.support.drivers.api_calls import ORIGIN, ApiResponse, call, gateway_event
from tests.support.fakes.providers import CapturedWebhook, Providers
from tidings.model import User
from tidings.store import sessions

_HANDLERS = (
    (r"POST /plaid/webhook", "functions.webhook_plaid.handler"),
    (r"POST /api/snaptrade/webhook", "functions.webhook_snaptrade.handler"),
    (r"GET .*/pending-updates", "functions.pending.handler"),
    (r"GET .*/holdings/refresh", "functions.pending.handler"),
    (r"GET .*/holdings(/history|/changes)?", "functions.holdings.read"),
    (r"POST .*/holdings/refresh", "functions.holdings.refresh"),
    (r"POST /live-ticket", "functions.live_ticket.handler"),
    (r"SQS tasks", "tests.support.drivers.tasks_queue"),
    (r"SQS deferred webhooks", "tests.support.drivers.deferred_queue"),
    (r"SQS reconcile", "tests.support.drivers.reconcile_queue"),
    (r"ROTATE .*", "tests.support.drivers.rotate_secret"),
    (r".*", "functions.connections.handler"),
)
_WEBHOOKS = {"plaid": "POST /plaid/webhook", "snaptrade": "POST /api/snaptrade/webhook"}
PREFIXES = {"plaid": "/plaid", "snaptrade": "/api/snaptrade"}
DISCONNECT = {
    "plaid": ("item_id", "DELETE /plaid/items/{item_id}"),
    "snaptrade": ("connection_id", "DELETE /api/snaptrade/connections/{connection_id}"),
}
"""The parameter and the route by which a source of each provider is disconnected."""


def load_handler(route: str) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    module = next(module for pattern, module in _HANDLERS if re.fullmatch(pattern, route))
    found: Callable[[dict[str, Any], Any], dict[str, Any]] = importlib.import_module(module).lambda_handler
    return found


ProviderName = Literal["plaid", "snaptrade"]


@dataclass(frozen=True)
class LinkedSource:
    """A linked source. For Plaid the item is the source."""

    provider: ProviderName
    item_id: str
    source_id: str

    @property
    def control_arguments(self) -> dict[str, object]:
        """Arguments that name the source in a simulator's control call."""
        return {"item_id" if self.provider == "plaid" else "connection_id": self.source_id}


def concerns_connection(body: bytes, event_type: str, linked: LinkedSource) -> bool:
    payload = json.loads(body)
    subject = (payload["eventType"], payload.get("brokerageAuthorizationId"))
    return subject == (event_type, linked.source_id)


@dataclass
class App:
    """`run` is part of every email: the simulators outlive a test, and SnapTrade registers a user once."""

    providers: Providers
    run: str = field(default_factory=lambda: token_hex(4))

    def email(self, user_id: str = "alice") -> str:
        return f"{user_id}-{self.run}@example.com"

    def sign_in(
        self, user_id: str = "alice", *, email: bool = True, address: str | None = None, lasts_s: int = 3600
    ) -> str:
        """Create a session and return its cookie."""
        cookie = f"cookie-of-{user_id}"
        known = address or self.email(user_id) if email else None
        sessions.create_session(cookie, User(user_id, known), int(time.time()) + lasts_s)
        return cookie

    def request(
        self,
        route: str,
        cookie: str | None = None,
        *,
        changed: Mapping[str, object] | None = None,
        without: str = "",
        **sent: Any,  # noqa: ANN401 - what `event` takes
    ) -> ApiResponse:
        """Call a route. `changed` and `without` alter the gateway's event."""
        asked = gateway_event(route, cookie=cookie, **sent) | dict(changed or {})
        asked.pop(without, None)
        return call(load_handler(route), asked)

    def deliver(self, provider: str, caught: CapturedWebhook, **changes: Any) -> ApiResponse:  # noqa: ANN401
        """Pass a captured webhook to the provider's function."""
        headers, body = caught
        return self.request(_WEBHOOKS[provider], headers=headers, **{"raw": body, **changes})

    def deliver_all(self, provider: str) -> list[ApiResponse]:
        """Pass all webhooks that the provider sent unasked to its function."""
        return [self.deliver(provider, caught) for caught in self.providers.catcher.drain(f"/{provider}")]

    def send_webhook(self, linked: LinkedSource, **order: object) -> list[ApiResponse]:
        """Make the provider send a webhook about a source, and pass it to the function."""
        caught = self.providers.capture_webhooks(linked.provider, **linked.control_arguments, **order)
        return [self.deliver(linked.provider, one) for one in caught]

    def trade(self, linked: LinkedSource, **order: object) -> list[ApiResponse]:
        """Change the source's holdings and deliver the webhooks that follow."""
        self.control(linked, "trade", **order)
        return self.deliver_all(linked.provider)

    def control(self, linked: LinkedSource, control: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        simulator = self.providers.plaid if linked.provider == "plaid" else self.providers.snaptrade
        return simulator(control, **linked.control_arguments, **order)

    def pending(self, cookie: str, provider: str | None = None) -> Any:  # noqa: ANN401
        return self._json(f"GET {PREFIXES.get(provider or '', '')}/pending-updates", cookie)

    def holdings(self, cookie: str, provider: str | None = None) -> Any:  # noqa: ANN401
        return self._json(f"GET {PREFIXES.get(provider or '', '')}/holdings", cookie)

    def connections(self, cookie: str) -> Any:  # noqa: ANN401
        return self._json("GET /connections", cookie)["connections"]

    def disconnect(self, cookie: str, linked: LinkedSource) -> ApiResponse:
        parameter, route = DISCONNECT[linked.provider]
        return self.request(route, cookie, parameters={parameter: linked.source_id})

    def refresh(
        self, cookie: str, provider: str | None = None, body: Mapping[str, object] | None = None
    ) -> ApiResponse:
        return self.request(f"POST {PREFIXES.get(provider or '', '')}/holdings/refresh", cookie, body=body)

    def link(self, cookie: str, provider: ProviderName) -> LinkedSource:
        """Connect at the provider. Of the webhooks that follow, deliver only the one of the new connection."""
        if provider == "plaid":
            item_id = self.link_plaid(cookie)
            return LinkedSource("plaid", item_id, item_id)
        linked = LinkedSource("snaptrade", *self.link_snaptrade(cookie))
        burst = self.providers.catcher.drain("/snaptrade")
        [added] = [caught for caught in burst if concerns_connection(caught[1], "CONNECTION_ADDED", linked)]
        assert self.deliver("snaptrade", added).status == 200
        return linked

    def link_and_refresh(self, cookie: str, provider: ProviderName) -> LinkedSource:
        """Connect and fetch: nothing is pending, and the cooldown runs."""
        linked = self.link(cookie, provider)
        answered = self.refresh(cookie, provider)
        assert answered.status == 200, answered.text
        return linked

    def link_plaid(self, cookie: str) -> str:
        """Link a sandbox item of the simulator and return its item id."""
        token = self.providers.plaid_public_token(f"{self.providers.catcher.url}/plaid")
        linked = self.request("POST /plaid/exchange-public-token", cookie, body={"public_token": token})
        assert linked.status == 201, linked.text
        item_id: str = linked.json["item_id"]
        return item_id

    def link_snaptrade(self, cookie: str, **asked: object) -> tuple[str, str]:
        """Connect through the simulator's portal. Return the ids of the SnapTrade user and the connection."""
        body = {"redirect_uri": f"{ORIGIN}/connected", **asked}
        made = self.request("POST /api/snaptrade/create-connection-url", cookie, body=body)
        assert made.status == 200, made.text
        return self.providers.snaptrade_portal(made.json["connection_url"])

    def _json(self, route: str, cookie: str) -> Any:  # noqa: ANN401
        answered = self.request(route, cookie)
        assert answered.status == 200, answered.text
        return answered.json
