"""Control the simulated providers from tests."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from local.cloud import LocalCloud
from local.settings import Plaid, SnapTrade
from tests.support.drivers.loopback import loopback_client
from tests.support.drivers.waiting import PATIENCE_S

Provider = Literal["plaid", "snaptrade"]
PROVIDERS: tuple[Provider, ...] = ("plaid", "snaptrade")
SLOW: Mapping[str, object] = {"kind": "delay", "delay_s": 18}
"""A fault that holds a response back until the test ends it: nearly as long as the product waits for one."""
_ID = re.compile(r"/(?:[0-9a-f]{8}-[0-9a-f-]{27})\b")
_NAMED = re.compile(r"(?:(?<=/items)|(?<=/connections))/.+$")


@dataclass
class Brokers:
    """Control both simulators and record what the tests learn. `secrets`: every secret given to a test user.

    `cookies`: the session cookies among them. `answers`: the API's response bodies, by method, path and status.
    `asked`: every provider API call, such as `POST /item/get`, with `{id}` for every id.
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

    def send_webhook(self, provider: Provider, **order: object) -> list[int]:
        """Send one webhook and return the response status of each delivery."""
        return [delivery["status"] for delivery in self.order(provider, "webhook", **order)["deliveries"]]

    def trade(self, provider: Provider, source_id: str, **fields: object) -> list[int]:
        """Change the holdings and return the response status of each webhook delivery."""
        traded = self.order(provider, "trade", **{**named(provider, source_id), **fields})
        return [delivery["status"] for delivery in traded["deliveries"]]

    def listed(self, provider: Provider, control: str, key: str) -> list[dict[str, Any]]:
        answer = self.client.get(self._control(provider, control))
        found: list[dict[str, Any]] = answer.raise_for_status().json()[key]
        return found

    def calls(self, provider: Provider) -> list[dict[str, Any]]:
        """Return the provider API calls since the last `reset`."""
        return self.listed(provider, "calls", "calls")

    def deliveries(self) -> list[dict[str, Any]]:
        """Return every webhook delivery since the start, with its response."""
        return [delivery for name in PROVIDERS for delivery in self.listed(name, "deliveries", "deliveries")]

    def reset(self) -> None:
        """Remove all faults and recorded calls."""
        for provider in PROVIDERS:
            self.asked |= self._made(provider)
            self.end_faults(provider)
            self.client.delete(self._control(provider, "calls")).raise_for_status()

    def end_faults(self, provider: Provider) -> None:
        """Remove the provider's faults; a call that one delays gets its response at once."""
        self.client.delete(self._control(provider, "faults")).raise_for_status()

    def made(self) -> set[str]:
        """Return the calls to both providers since the last `reset`, in the form of `asked`."""
        return self._made("plaid") | self._made("snaptrade")

    def _made(self, provider: Provider) -> set[str]:
        return {f"{call['method']} {_ID.sub('/{id}', call['path'])}" for call in self.calls(provider)}

    def learn_secrets(self) -> None:
        """Record the current credentials: the simulators no longer list a removed item or user."""
        self.secrets |= {item["access_token"] for item in self.listed("plaid", "items", "items")}
        self.secrets |= {user["user_secret"] for user in self.listed("snaptrade", "users", "users")}

    def heard(self, response: httpx.Response) -> None:
        """Record a response (httpx event hook), except portal addresses, which the user is meant to receive."""
        response.read()
        path = response.request.url.path
        if not path.startswith("/_local/") and not (path.endswith("/create-connection-url") and response.is_success):
            headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "date")
            place = f"{response.request.method} {_NAMED.sub('/{id}', path)}: {response.status_code}"
            self.answers[place].add(f"{headers}\n{response.text}")

    def sandbox_public_token(self, webhook: str) -> str:
        """Create a public token as embedded Link gives it to the browser."""
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
    """Connect to the simulators of a running local cloud. Their webhooks wait for the slowest machine."""
    with loopback_client() as client:
        brokers = Brokers(client, cloud.plaid_simulator, cloud.snaptrade_simulator)
        for provider in PROVIDERS:
            brokers.order(provider, "retries", mode="off", timeout_s=PATIENCE_S)
        yield brokers


def named(provider: Provider, source_id: str) -> dict[str, object]:
    """Return the fields by which a control request names a source."""
    return {"item_id" if provider == "plaid" else "connection_id": source_id}
