from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.drivers.exchange_rates import Collector, EcbSimulator, ecb_simulator
from tests.support.fakes.clock import StoppedClock


@pytest.fixture(scope="session")
def running_ecb() -> Iterator[EcbSimulator]:
    with ecb_simulator() as simulator:
        yield simulator


@pytest.fixture
def ecb(running_ecb: EcbSimulator, monkeypatch: pytest.MonkeyPatch) -> EcbSimulator:
    """The simulated bank, as it publishes without a test's orders."""
    monkeypatch.setenv("ECB_BASE_URL", running_ecb.url)
    running_ecb.reset()
    return running_ecb


@pytest.fixture
def collector(dynamodb: Any, ecb: EcbSimulator, stopped_clock: StoppedClock) -> Collector:  # noqa: ANN401
    return Collector(ecb, stopped_clock)
