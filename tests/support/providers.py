"""The simulators in threads of the test, and a catcher for what they post: tests hand it to the handlers themselves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.simulators.plaid.app import create_app as plaid_app
from local.simulators.serving import running
from local.simulators.snaptrade.app import create_app as snaptrade_app

Caught = tuple[dict[str, str], bytes]
"""A delivery's headers and body."""


@dataclass
class Catcher:
    url: str = ""
    caught: list[Caught] = field(default_factory=list)

    async def catch(self, request: Request) -> Response:
        self.caught.append((dict(request.headers), await request.body()))
        return Response(status_code=200)

    def taken(self) -> list[Caught]:
        """What was caught since the last call."""
        taken, self.caught = self.caught, []
        return taken


@dataclass
class Providers:
    plaid_url: str
    snaptrade_url: str
    catcher: Catcher

    def plaid(self, control: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        return _post(f"{self.plaid_url}/_sim/{control}", order)

    def snaptrade(self, control: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        return _post(f"{self.snaptrade_url}/_sim/{control}", order)

    def plaid_public_token(self, webhook: str) -> str:
        """What Plaid's sandbox gives a developer in place of a user's login."""
        order = {
            "client_id": "sim-plaid-client",
            "secret": "sim-plaid-secret",
            "institution_id": "ins_109508",
            "initial_products": ["investments"],
            "options": {"webhook": webhook},
        }
        token: str = _post(f"{self.plaid_url}/sandbox/public_token/create", order)["public_token"]
        return token

    def snaptrade_portal(self, url: str) -> tuple[str, str]:
        """Press Connect in the portal; the user's id and the new connection's."""
        pressed = httpx.post(url, timeout=20)
        assert pressed.status_code < 400, pressed.text
        users = httpx.get(f"{self.snaptrade_url}/_sim/users").json()["users"]
        newest = [user for user in users if user["connections"]][-1]
        return newest["user_id"], newest["connections"][-1]["id"]

    def calls(self, provider: str, path: str = "") -> list[dict[str, Any]]:
        """The provider's API calls so far whose path starts so."""
        calls: list[dict[str, Any]] = httpx.get(f"{self.url(provider)}/_sim/calls").json()["calls"]
        return [call for call in calls if call["path"].startswith(path)]

    def reset(self) -> None:
        for provider in ("plaid", "snaptrade"):
            httpx.delete(f"{self.url(provider)}/_sim/calls").raise_for_status()
            httpx.delete(f"{self.url(provider)}/_sim/faults").raise_for_status()
        self.catcher.taken()

    def url(self, provider: str) -> str:
        return self.plaid_url if provider == "plaid" else self.snaptrade_url


def _post(url: str, order: Mapping[str, object]) -> Any:  # noqa: ANN401
    return httpx.post(url, json=order, timeout=20).raise_for_status().json()


@contextmanager
def simulated_providers() -> Iterator[Providers]:
    catcher = Catcher()
    catching = Starlette(routes=[Route("/{provider}", catcher.catch, methods=["POST"])])
    with running(catching) as catcher_url:
        catcher.url = catcher_url
        snaptrade = snaptrade_app(webhook_url=f"{catcher_url}/snaptrade")
        with running(plaid_app()) as plaid_url, running(snaptrade) as snaptrade_url:
            yield Providers(plaid_url, snaptrade_url, catcher)
