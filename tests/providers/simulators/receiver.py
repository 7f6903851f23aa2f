"""Receive webhooks, store them, and respond with given statuses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.simulators.serving import running
from tests.support.drivers.waiting import wait_until


@dataclass
class Received:
    body: bytes
    headers: dict[str, str]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


@dataclass
class Receiver:
    """A webhook receiver; `statuses` are those of the next responses, followed by 200."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def receive(self, request: Request) -> Response:
        self.received.append(Received(await request.body(), dict(request.headers)))
        return Response("taken", self.statuses.pop(0) if self.statuses else 200)

    def wait_for(self, count: int) -> list[Received]:
        """The deliveries, once there are that many (for those that a provider sends in its own time)."""
        wait_until(lambda: len(self.received) >= count, f"fewer than {count} webhooks came")
        return self.received

    @property
    def last(self) -> Received:
        return self.received[-1]


def wait_for_deliveries(sim: httpx.Client, count: int) -> list[dict[str, Any]]:
    """The simulator's log of its deliveries, once that many are answered."""

    def log() -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = sim.get("/_sim/deliveries").json()["deliveries"]
        return made

    def answered() -> bool:
        return sum(delivery["status"] is not None for delivery in log()) >= count

    wait_until(answered, f"fewer than {count} deliveries were answered")
    return log()


@contextmanager
def run_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with running(Starlette(routes=[Route("/webhook", receiver.receive, methods=["POST"])])) as base:
        receiver.url = f"{base}/webhook"
        yield receiver
