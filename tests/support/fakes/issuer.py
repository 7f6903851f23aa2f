"""The local issuer in a thread of the test, or in a running local cloud: tokens, and control calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from local.ports import free_block
from local.simulators.issuer.app import create_app
from local.simulators.serving import running
from tests.support.drivers.loopback import loopback_client

AUDIENCE = "tidings-tests"


@dataclass(frozen=True)
class Issuer:
    """`address` as tokens name it. `bearer` is a header."""

    address: str
    http: httpx.Client

    def token(self, user_id: str = "alice", **order: object) -> str:
        minted: str = self.order("token", user_id=user_id, **order)["access_token"]
        return minted

    def bearer(self, user_id: str = "alice", **order: object) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(user_id, **order)}"}

    def order(self, name: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        return self.http.post(f"{self.address}/_sim/{name}", json=order).raise_for_status().json()

    def start_outage(self) -> None:
        self.order("faults", path="", kind="status", status=503)

    def end_outage(self) -> None:
        self.http.delete(f"{self.address}/_sim/faults").raise_for_status()

    def calls(self) -> list[str]:
        """Return the paths requested since the start, or since `forget_calls`."""
        calls = self.http.get(f"{self.address}/_sim/calls").json()["calls"]
        return [call["path"] for call in calls]


@contextmanager
def local_issuer() -> Iterator[Issuer]:
    port = free_block(1)
    address = f"http://127.0.0.1:{port}"
    with running(create_app(address, AUDIENCE), port), loopback_client() as http:
        yield Issuer(address, http)
