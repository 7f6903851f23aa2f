"""Run the simulators in threads of the test, and capture their webhooks: tests pass these to the handlers."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx

from local.simulators.deliveries import SignedWebhook
from local.simulators.plaid import signing
from local.simulators.plaid.app import create_app as plaid_app
from local.simulators.plaid.state import Simulator as PlaidSimulator
from local.simulators.serving import running
from local.simulators.snaptrade.app import create_app as snaptrade_app
from local.simulators.snaptrade.state import Simulator as SnapTradeSimulator
from tests.support.drivers.loopback import loopback_client

CapturedWebhook = tuple[dict[str, str], bytes]
"""Headers and body of a webhook."""


@dataclass
class WebhookCatcher:
    """Capture webhooks by path: `/<provider>`, or a path below it for one control call. None is sent by HTTP."""

    url: str = "https://webhooks.example.com"
    captured: list[tuple[str, CapturedWebhook]] = field(default_factory=list)

    def receive(self, url: str, signed: SignedWebhook) -> httpx.Response | None:
        if not url.startswith(f"{self.url}/"):
            return None
        headers = {name.lower(): value for name, value in signed.headers.items()}
        self.captured.append((urlsplit(url).path, (headers, signed.body)))
        return httpx.Response(200)

    def drain(self, path: str) -> list[CapturedWebhook]:
        """Return and forget the webhooks captured at the path."""
        taken = [caught for where, caught in self.captured if where == path]
        self.captured = [(where, caught) for where, caught in self.captured if where != path]
        return taken


@dataclass
class Providers:
    plaid_url: str
    snaptrade_url: str
    catcher: WebhookCatcher
    plaid_simulator: PlaidSimulator
    snaptrade_simulator: SnapTradeSimulator
    http: httpx.Client
    """Kept: httpx's functions read the certificates for every call, 25 ms each."""

    def plaid(self, control: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        return self._post(f"{self.plaid_url}/_sim/{control}", order)

    def snaptrade(self, control: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        return self._post(f"{self.snaptrade_url}/_sim/{control}", order)

    def capture_webhooks(self, provider: str, **order: object) -> list[CapturedWebhook]:
        """Make the provider send a webhook, and return only the webhooks of this call."""
        path = f"/{provider}/{uuid4()}"
        control = self.plaid if provider == "plaid" else self.snaptrade
        answer = control("webhook", url=f"{self.catcher.url}{path}", **order)
        assert {attempt["error"] for attempt in answer["deliveries"]} <= {None}, answer
        return self.catcher.drain(path)

    def plaid_signature(self, body: bytes, age_s: float = 0) -> str:
        """Sign a body with Plaid's genuine key."""
        return signing.sign(self.plaid_simulator.state["keys"][-1], body, int(time.time() - age_s))

    def plaid_public_token(self, webhook: str) -> str:
        """Create a public token in Plaid's sandbox, instead of a user's login."""
        order = {
            "client_id": "sim-plaid-client",
            "secret": "sim-plaid-secret",
            "institution_id": "ins_109508",
            "initial_products": ["investments"],
            "options": {"webhook": webhook},
        }
        token: str = self._post(f"{self.plaid_url}/sandbox/public_token/create", order)["public_token"]
        return token

    def snaptrade_portal(self, url: str) -> tuple[str, str]:
        """Press Connect in the portal; return the ids of the user and the connection."""
        pressed = self.http.post(url)
        assert pressed.status_code == 303, pressed.text
        connection_id = parse_qs(urlsplit(pressed.headers["location"]).query)["connection_id"][0]
        users = self.snaptrade_simulator.state["users"].values()
        owner = next(user for user in users if connection_id in user["connections"])
        return owner["user_id"], connection_id

    def plaid_hosted_link(self, url: str) -> None:
        """Press Connect on the page of Hosted Link."""
        pressed = self.http.post(url)
        assert pressed.status_code < 400, pressed.text

    def calls(self, provider: str, path: str = "") -> list[dict[str, Any]]:
        """Return the provider's API calls whose path starts with `path`."""
        calls: list[dict[str, Any]] = self.http.get(f"{self.url(provider)}/_sim/calls").json()["calls"]
        return [call for call in calls if call["path"].startswith(path)]

    def reset(self) -> None:
        """Forget the faults, calls and captured webhooks; what is connected stays."""
        for simulator in (self.plaid_simulator, self.snaptrade_simulator):
            simulator.controls.calls.clear()
            simulator.controls.faults.clear()
        self.catcher.captured.clear()

    def url(self, provider: str) -> str:
        return self.plaid_url if provider == "plaid" else self.snaptrade_url

    def _post(self, url: str, order: Mapping[str, object]) -> Any:  # noqa: ANN401
        return self.http.post(url, json=order).raise_for_status().json()


@contextmanager
def simulated_providers() -> Iterator[Providers]:
    catcher = WebhookCatcher()
    plaid, snaptrade = plaid_app(), snaptrade_app(webhook_url=f"{catcher.url}/snaptrade")
    plaid_simulator = cast(PlaidSimulator, plaid.state.simulator)
    snaptrade_simulator = cast(SnapTradeSimulator, snaptrade.state.simulator)
    for simulator in (plaid_simulator, snaptrade_simulator):
        simulator.controls.sender.receive = catcher.receive
    with running(plaid) as plaid_url, running(snaptrade) as snaptrade_url, loopback_client() as http:
        yield Providers(plaid_url, snaptrade_url, catcher, plaid_simulator, snaptrade_simulator, http)
