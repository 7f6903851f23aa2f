from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.app import App
from tests.support.clock import StoppedClock
from tests.support.moto_cloud import moto_cloud
from tests.support.providers import Providers, simulated_providers
from tidings import clock
from tidings.store import aws, secrets


@pytest.fixture(scope="session")
def simulators() -> Iterator[Providers]:
    with simulated_providers() as providers:
        yield providers


@pytest.fixture
def providers(simulators: Providers, monkeypatch: pytest.MonkeyPatch) -> Providers:
    """Both simulators, with no fault, call or webhook left from an earlier test."""
    monkeypatch.setenv("PLAID_BASE_URL", simulators.plaid_url)
    monkeypatch.setenv("SNAPTRADE_BASE_URL", simulators.snaptrade_url)
    simulators.reset()
    return simulators


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    """An account of its own for each test, on moto."""
    aws.forget()
    secrets.forget()
    with moto_cloud() as client:
        yield client
    aws.forget()


@pytest.fixture
def app(dynamodb: Any, providers: Providers) -> App:  # noqa: ANN401
    return App(providers)


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """The product's clock, stopped at the present and moved by the test."""
    stopped = StoppedClock(clock.now_ms())
    monkeypatch.setattr(clock, "now_ms", stopped.now_ms)
    return stopped
