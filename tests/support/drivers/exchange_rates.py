"""Run the scheduled function that collects exchange rates, and control the simulated European Central Bank."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx

from local.simulators.ecb.app import create_app
from local.simulators.serving import running
from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.loopback import loopback_client
from tests.support.fakes.clock import StoppedClock


@dataclass
class EcbSimulator:
    """The simulated bank. `client` is set to its address."""

    client: httpx.Client

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def order(self, command: str, **fields: object) -> None:
        self.client.post(f"/_sim/{command}", json=fields).raise_for_status()

    def fail(self, **fault: object) -> None:
        self.order("faults", path="/stats/eurofxref/eurofxref-hist-90d.xml", **fault)

    def calls(self) -> int:
        return len(self.client.get("/_sim/calls").raise_for_status().json()["calls"])

    def reset(self) -> None:
        self.order("reset")
        for control in ("faults", "calls"):
            self.client.delete(f"/_sim/{control}").raise_for_status()


@contextmanager
def ecb_simulator() -> Iterator[EcbSimulator]:
    with running(create_app()) as url, loopback_client(base_url=url) as client:
        yield EcbSimulator(client)


@dataclass
class Collector:
    """The scheduled function, at instants that a test chooses. The bank's clock is the product's."""

    ecb: EcbSimulator
    clock: StoppedClock

    def run(self, at: str) -> None:
        """Run at an instant in UTC, such as `2026-04-02T15:00`."""
        from functions.exchange_rates.handler import lambda_handler

        instant = datetime.fromisoformat(f"{at}+00:00")
        self.clock.now = round(instant.timestamp() * 1000)
        self.ecb.order("clock", now=instant.isoformat())
        lambda_handler({"source": "aws.events"}, LambdaContext())
