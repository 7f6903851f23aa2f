"""The simulated providers, as a test steers them."""

import re
import ssl
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from local.cloud import LocalCloud
from local.settings import Plaid, SnapTrade

Provider = Literal["plaid", "snaptrade"]
PROVIDERS: tuple[Provider, ...] = ("plaid", "snaptrade")
TIMEOUT_S = 120
_ID = re.compile(r"/(?:[0-9a-f]{8}-[0-9a-f-]{27})\b")
_NAMED = re.compile(r"(?:(?<=/items)|(?<=/connections))/.+$")
# Everything is plain HTTP; httpx would read the machine's certificates for each client.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class Brokers:
    """Both simulators, and what the tests learned. `secrets`: all that was ever given to one of the tests' users.

    `cookies`: those of them that are sessions'. `answers`: what the API said, by method, path and status.
    `asked`: what they were ever asked, as `POST /item/get`, with `{id}` for every id.
    """

    client: httpx.Client
    plaid: str
    snaptrade: str
    secrets: set[str] = field(default_factory=lambda: {Plaid.secret, SnapTrade.consumer_key})
    cookies: set[str] = field(default_factory=set)
    answers: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked: set[str] = field(default_factory=set)

    def order(self, provider: Provider, control: str, **fields: object) -> Any:  # noqa: ANN401 - JSON
        answer = self.client.post(self._control(provider, control), json=fields)
        return answer.raise_for_status().json()

    def webhook(self, provider: Provider, **order: object) -> list[int]:
        """Have one webhook sent as ordered; the statuses that it was answered with."""
        return [delivery["status"] for delivery in self.order(provider, "webhook", **order)["deliveries"]]

    def trade(self, provider: Provider, source_id: str, **fields: object) -> list[int]:
        """The holdings change and the provider tells; the statuses that its webhooks were answered with."""
        traded = self.order(provider, "trade", **{**named(provider, source_id), **fields})
        return [delivery["status"] for delivery in traded["deliveries"]]

    def listed(self, provider: Provider, control: str, key: str) -> list[dict[str, Any]]:
        answer = self.client.get(self._control(provider, control))
        found: list[dict[str, Any]] = answer.raise_for_status().json()[key]
        return found

    def calls(self, provider: Provider) -> list[dict[str, Any]]:
        """The provider API calls since the last `reset`."""
        return self.listed(provider, "calls", "calls")

    def deliveries(self) -> list[dict[str, Any]]:
        """Every webhook that was sent since the start, with the answer."""
        return [delivery for name in PROVIDERS for delivery in self.listed(name, "deliveries", "deliveries")]

    def reset(self) -> None:
        """No fault in force, no call on record."""
        for provider in PROVIDERS:
            self.asked |= self._made(provider)
            for control in ("faults", "calls"):
                self.client.delete(self._control(provider, control)).raise_for_status()

    def made(self) -> set[str]:
        """Return the calls to both providers since the last `reset`."""
        return self._made("plaid") | self._made("snaptrade")

    def _made(self, provider: Provider) -> set[str]:
        return {f"{call['method']} {_ID.sub('/{id}', call['path'])}" for call in self.calls(provider)}

    def learn_secrets(self) -> None:
        """Note the credentials that exist now: a removed item or user is listed no more."""
        self.secrets |= {item["access_token"] for item in self.listed("plaid", "items", "items")}
        self.secrets |= {user["user_secret"] for user in self.listed("snaptrade", "users", "users")}

    def heard(self, response: httpx.Response) -> None:
        """An httpx event hook: remember the answer, unless it is a portal's address, which is the user's to have."""
        response.read()
        path = response.request.url.path
        if not path.startswith("/_local/") and not (path.endswith("/create-connection-url") and response.is_success):
            headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "date")
            place = f"{response.request.method} {_NAMED.sub('/{id}', path)}: {response.status_code}"
            self.answers[place].add(f"{headers}\n{response.text}")

    def sandbox_public_token(self, webhook: str) -> str:
        """A public token as embedded Link would give the browser."""
        body = {
            "client_id": Plaid.client_id,
            "secret": Plaid.secret,
            "institution_id": "ins_109508",
            "initial_products": ["investments"],
            "options": {"webhook": webhook},
        }
        answer = self.client.post(f"{self.plaid}/sandbox/public_token/create", json=body)
        token: str = answer.raise_for_status().json()["public_token"]
        self.secrets.add(token)
        return token

    def _control(self, provider: Provider, control: str) -> str:
        return f"{self.plaid if provider == 'plaid' else self.snaptrade}/_sim/{control}"


@contextmanager
def brokers_of(cloud: LocalCloud) -> Iterator[Brokers]:
    """The simulators of a running local cloud."""
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False, verify=NO_TLS) as client:
        yield Brokers(client, cloud.plaid_simulator, cloud.snaptrade_simulator)


def named(provider: Provider, source_id: str) -> dict[str, object]:
    """How an order names a source."""
    return {"item_id" if provider == "plaid" else "connection_id": source_id}
