"""Provide the environment of a measurement: a local cloud, users with linked sources, and signed webhooks."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local import aws
from local.cloud import LocalCloud, Options, local_cloud
from local.gateway.specification import Function, Gateway
from local.settings import Plaid, Settings
from local.simulators.serving import running

Event = dict[str, Any]
"""An event of payload format 2.0."""

WEBHOOK_ROUTES = {"plaid": "POST /plaid/webhook", "snaptrade": "POST /api/snaptrade/webhook"}

_BATCH = 25
"""DynamoDB writes so many rows in one call."""


@dataclass(frozen=True)
class Account:
    """A signed-in user and their sources."""

    cookie: str
    plaid: list[str] = field(default_factory=list)
    snaptrade: list[str] = field(default_factory=list)


@dataclass
class Catcher:
    """Records the simulators' requests by path."""

    url: str = ""
    caught: dict[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)

    async def catch(self, request: Request) -> Response:
        delivery = (dict(request.headers), (await request.body()).decode())
        self.caught.setdefault(request.url.path, []).append(delivery)
        return Response(status_code=200)


@dataclass
class Stage:
    cloud: LocalCloud
    gateway: Gateway
    catcher: Catcher

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        return {function.logical_id: function for function in self.gateway.functions}

    def environment(self, function: str) -> dict[str, str]:
        """Return the function's environment variables in the local cloud."""
        return {
            **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull),
            **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "us-east-1"),
            "AWS_ENDPOINT_URL": self.gateway.aws_endpoint,
            "AWS_ACCESS_KEY_ID": function,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_LAMBDA_FUNCTION_NAME": function,
            "LANG": "en_US.UTF-8",
            "NO_PROXY": "127.0.0.1",
            **self.functions[function].environment,
            **self.gateway.environment,
        }

    @property
    def origin(self) -> dict[str, str]:
        """Return the `Origin` header that a write by cookie requires."""
        return {"origin": self.cloud.front}

    def token(self, **order: object) -> str:
        """Issue a bearer token of the local issuer."""
        minted = _ok(httpx.post(f"{self.cloud.front}/_local/token", json={"user_id": f"bench-{token_hex(4)}", **order}))
        token: str = minted["access_token"]
        return token

    def delete_rate_counters(self) -> None:
        """Reset the rate limits: the benchmark makes more calls a minute than a provider allows."""
        table = self.cloud.physical["ProviderBudgetsTable"]
        for row in self._dynamodb.scan(TableName=table)["Items"]:
            self._dynamodb.delete_item(TableName=table, Key={"window": row["window"]})

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table, by its logical id."""
        found: list[dict[str, Any]] = []
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=self.cloud.physical[table]):
            found += page["Items"]
        return found

    def put_rows(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Store rows in a table, by its logical id."""
        name = self.cloud.physical[table]
        for number in range(0, len(rows), _BATCH):
            puts = [{"PutRequest": {"Item": row}} for row in rows[number : number + _BATCH]]
            self._dynamodb.batch_write_item(RequestItems={name: puts})

    @cached_property
    def _dynamodb(self) -> Any:  # noqa: ANN401 - boto3's client
        return aws.dynamodb(self.cloud.ministack_url)

    @cached_property
    def _client(self) -> httpx.Client:
        """Return a client for the simulators: a new one for each command would load the certificates each time."""
        return httpx.Client(timeout=60)

    def account(self, *, plaid: int = 0, snaptrade: int = 0, fetched: bool = True) -> Account:
        """Create a user with this number of Plaid items and SnapTrade connections, and optionally fetch them."""
        user = f"bench-{token_hex(4)}"
        with httpx.Client(base_url=self.cloud.front, headers=self.origin, timeout=40) as client:
            _ok(client.post("/_local/login", json={"user_id": user, "email": f"{user}@example.com"}))
            account = Account(client.cookies["session_id"])
            account.plaid.extend(self._link_plaid(client) for _ in range(plaid))
            account.snaptrade.extend(self._link_snaptrade(client) for _ in range(snaptrade))
            if fetched and (plaid or snaptrade):
                _ok(client.post("/holdings/refresh"))
        return account

    def _link_plaid(self, client: httpx.Client) -> str:
        order = {
            "client_id": Plaid.client_id,
            "secret": Plaid.secret,
            "institution_id": "ins_109508",
            "initial_products": ["investments"],
            "options": {"webhook": f"{self.cloud.front}/plaid/webhook"},
        }
        token = _ok(httpx.post(f"{self.cloud.plaid_simulator}/sandbox/public_token/create", json=order))
        linked = _ok(client.post("/plaid/exchange-public-token", json={"public_token": token["public_token"]}))
        item_id: str = linked["item_id"]
        return item_id

    def _link_snaptrade(self, client: httpx.Client) -> str:
        order = {"redirect_uri": f"{self.cloud.front}/"}
        made = _ok(client.post("/api/snaptrade/create-connection-url", json=order))
        back = httpx.post(made["connection_url"], timeout=40)
        return parse_qs(urlsplit(back.headers["location"]).query)["connection_id"][0]

    def control(self, provider: str, name: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        return _ok(self._client.post(f"{self.simulator(provider)}/_sim/{name}", json=order))

    def access_token(self, item_id: str) -> str:
        """Return the item's access token from the simulator."""
        items = _ok(httpx.get(f"{self.cloud.plaid_simulator}/_sim/items"))["items"]
        token: str = next(item["access_token"] for item in items if item["item_id"] == item_id)
        return token

    def without_faults(self, provider: str) -> None:
        httpx.delete(f"{self.simulator(provider)}/_sim/faults").raise_for_status()

    def simulator(self, provider: str) -> str:
        return self.cloud.plaid_simulator if provider == "plaid" else self.cloud.snaptrade_simulator

    def webhooks(self, provider: str, source_id: str, count: int, **order: object) -> list[Event]:
        """Create `count` webhooks of one source, each with its own signature, as events for the provider's function."""
        path = f"/{uuid4()}"
        named = {"item_id" if provider == "plaid" else "connection_id": source_id}
        self.control(provider, "webhook", **named, url=self.catcher.url + path, times=count, distinct=True, **order)
        caught = self.catcher.caught.pop(path)
        return [event(WEBHOOK_ROUTES[provider], headers=headers, body=body) for headers, body in caught]


def event(route: str, *, cookie: str | None = None, headers: Mapping[str, str] | None = None, body: str = "") -> Event:
    """Return the event that the gateway creates for a request."""
    method, path = route.split(" ")
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **(headers or {})},
        "cookies": [f"session_id={cookie}"] if cookie else [],
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}, "requestId": "r"},
        "body": body,
        "isBase64Encoded": False,
    }


def _ok(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    return answer.raise_for_status().json()


@contextmanager
def staged(
    record: Path | None = None, concurrency: int = 1, environment: Mapping[str, str] | None = None
) -> Iterator[Stage]:
    """Start the local cloud on free ports, with its state in a folder that is removed afterwards.

    `record`: the file for its AWS calls. `concurrency`: environments per function; `environment` extends theirs.
    """
    catcher = Catcher()
    catching = Starlette(routes=[Route("/{path:path}", catcher.catch, methods=["POST"])])
    with (
        tempfile.TemporaryDirectory() as state,
        running(catching) as catcher.url,
        local_cloud(
            Settings(port=0, state=Path(state), record=record),
            Options(concurrency=concurrency, environment=environment or {}),
        ) as cloud,
    ):
        specification = (Path(state) / "gateway.json").read_text("utf-8")
        yield Stage(cloud, Gateway.load(specification), catcher)
