"""Call the API as a signed-in user, and compare every response with the API's description."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import httpx

from local.cloud import LocalCloud
from tests.e2e.brokers import Brokers, Provider
from tests.support.drivers.elapsed_time import backdate_activity, backdate_registration, end_cooldowns
from tests.support.drivers.loopback import loopback_client

PREFIX: Mapping[str | None, str] = {"plaid": "/plaid", "snaptrade": "/api/snaptrade", None: ""}


@dataclass
class User:
    """`client` carries the session's cookie and the page's Origin."""

    client: httpx.Client
    cloud: LocalCloud
    brokers: Brokers
    user_id: str

    @property
    def email(self) -> str:
        return f"{self.user_id}@mail.example"

    def call(self, method: str, path: str, status: int = 200, body: object = None, **sent: Any) -> Any:  # noqa: ANN401
        """Call the API and return the response's JSON, or None if it has no body."""
        answer = self.client.request(method, path, json=body, **sent)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    # --- connecting

    def link(self, provider: Provider) -> str:
        return self.link_plaid() if provider == "plaid" else self.link_snaptrade()

    def link_plaid(self) -> str:
        """Link an item through Hosted Link and return its id."""
        made = self.call("POST", "/plaid/create-connection-url", 200, {"redirect_uri": f"{self.cloud.front}/back"})
        self.press_connect(made["connection_url"])
        linked = self.call("POST", "/plaid/complete-connection", 201, {"link_token": made["link_token"]})
        self.brokers.secrets.add(made["link_token"])
        self.brokers.learn_secrets()
        item_id: str = linked["item_id"]
        return item_id

    def link_plaid_embedded(self) -> str:
        """Link an item by a public token, as embedded Link does, and return its id."""
        token = self.brokers.sandbox_public_token(self.cloud.function_urls["WebhookPlaidFunction"])
        linked = self.call("POST", "/plaid/exchange-public-token", 201, {"public_token": token})
        self.brokers.learn_secrets()
        item_id: str = linked["item_id"]
        return item_id

    def link_snaptrade(self, **asked: str) -> str:
        """Link a connection through the connection portal and return its id."""
        body = {"redirect_uri": f"{self.cloud.front}/back", **asked}
        made = self.call("POST", "/api/snaptrade/create-connection-url", 200, body)
        back = self.press_connect(made["connection_url"])
        self.brokers.secrets.add(httpx.URL(made["connection_url"]).params["token"])
        self.brokers.learn_secrets()
        return back.params["connection_id"]

    def press_connect(self, portal: str) -> httpx.URL:
        """Return the address to which the provider's page sends the browser."""
        answer = self.brokers.client.post(portal)
        assert answer.status_code == 303, answer.text
        back = httpx.URL(answer.headers["location"])
        assert str(back).startswith(f"{self.cloud.front}/back")
        return back

    def link_and_refresh(self, provider: Provider) -> str:
        """Link a source and fetch its holdings, which starts the cooldown."""
        source_id = self.link(provider)
        self.refresh(provider)
        return source_id

    # --- reading

    def pending(self, provider: Provider | None = None) -> Any:  # noqa: ANN401 - JSON
        return self.call("GET", f"{PREFIX[provider]}/pending-updates")

    def is_pending(self, provider: Provider | None = None) -> bool:
        pending: bool = self.pending(provider)["has_pending_updates"]
        return pending

    def holdings(self, provider: Provider | None = None) -> Any:  # noqa: ANN401 - JSON
        return self.call("GET", f"{PREFIX[provider]}/holdings")["holdings"]

    def refresh(self, provider: Provider | None = None, status: int = 200, **body: object) -> Any:  # noqa: ANN401
        return self.call("POST", f"{PREFIX[provider]}/holdings/refresh", status, body)

    def end_cooldowns(self) -> None:
        end_cooldowns(self.cloud, self.user_id)

    def backdate_activity(self) -> None:
        backdate_activity(self.cloud, self.user_id)

    def backdate_registration(self, item_id: str) -> None:
        backdate_registration(self.cloud, item_id)

    def connection(self, source_id: str) -> dict[str, Any]:
        connections = self.call("GET", "/connections")["connections"]
        (found,) = [one for one in connections if one["source_id"] == source_id]
        return dict(found)


@contextmanager
def browser(
    cloud: LocalCloud, brokers: Brokers, check: Callable[[httpx.Response], None], user_id: str
) -> Iterator[User]:
    """Create a signed-out client that calls `check` with every response."""
    with loopback_client(
        base_url=cloud.front,
        headers={"origin": cloud.front},
        event_hooks={"response": [check, brokers.heard]},
    ) as client:
        yield User(client, cloud, brokers, user_id)


@contextmanager
def signed_in(cloud: LocalCloud, brokers: Brokers, check: Callable[[httpx.Response], None]) -> Iterator[User]:
    """Sign in a new user."""
    with browser(cloud, brokers, check, f"user-{token_hex(4)}") as user:
        user.call("POST", "/_local/login", 200, {"user_id": user.user_id, "email": user.email})
        brokers.secrets |= {user.client.cookies["session_id"], user.email}
        brokers.cookies.add(user.client.cookies["session_id"])
        yield user
