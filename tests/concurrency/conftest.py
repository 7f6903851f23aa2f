import os
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from local.simulators.plaid import signing
from tests.support.aws.engine import Engine, real_engine
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.process_pool import ProcessPool
from tests.support.drivers.silent_source import SilentSource
from tests.support.drivers.time_limits import lift_time_limits
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.providers import Providers, simulated_providers
from tidings import clock
from tidings.aws import clients, secrets
from tidings.model import ConfirmedKey
from tidings.store import webhook_keys


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with real_engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture(scope="session")
def simulators() -> Iterator[Providers]:
    with simulated_providers() as providers:
        yield providers


@pytest.fixture(scope="session")
def process_pool(engine: Engine, simulators: Providers, tmp_path_factory: pytest.TempPathFactory) -> ProcessPool:
    environment = {**os.environ, **_deployment(engine, simulators)}
    return ProcessPool.start(engine.supervisor, tmp_path_factory.mktemp("pool"), environment)


@pytest.fixture(scope="module")
def engine_clients() -> Iterator[None]:
    """Have the product create its AWS clients once for each file: that takes longer than many a test."""
    clients.reset_clients()
    yield
    clients.reset_clients()


@pytest.fixture
def app(engine: Engine, engine_clients: None, simulators: Providers, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The product in the test's own process, with empty tables."""
    engine.empty()
    lift_time_limits(monkeypatch.setattr)
    for name, value in _deployment(engine, simulators).items():
        monkeypatch.setenv(name, value)
    simulators.reset()
    secrets.clear_cache()
    _store_verification_key(simulators)
    yield App(simulators)
    secrets.clear_cache()


def _store_verification_key(simulators: Providers) -> None:
    """Store Plaid's key as an earlier process did, so that every process makes the same store calls."""
    jwk = signing.public_jwk(simulators.plaid_simulator.state["keys"][-1])
    key = ConfirmedKey(jwk["x"], jwk["y"], None, clock.now_ms())
    webhook_keys.save_key(simulators.plaid_url, jwk["kid"], key)


def _deployment(engine: Engine, simulators: Providers) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": engine.url,
        **engine.queue_urls,
        "PAID_REFRESH": "on",
        "PLAID_BASE_URL": simulators.plaid_url,
        "SNAPTRADE_BASE_URL": simulators.snaptrade_url,
    }


@pytest.fixture
def user_driver(app: App, engine: Engine) -> UserDriver:
    return UserDriver(app, engine.dynamodb)


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> ClockAhead:
    """The clock of the test's own process; a worker's is set by its invocation."""
    moved = ClockAhead()
    monkeypatch.setattr(clock, "now_ms", moved.now_ms)
    return moved


@pytest.fixture
def kept_scenarios(app: App, engine: Engine, ahead: ClockAhead) -> KeptScenarios:
    return KeptScenarios(engine, app.providers, ahead)


@pytest.fixture
def new_silent_source(
    app: App, engine: Engine, kept_scenarios: KeptScenarios
) -> Callable[[ProviderName], SilentSource]:
    def new(provider: ProviderName) -> SilentSource:
        return SilentSource.create(UserDriver(app, engine.dynamodb), provider)

    return partial(kept_scenarios.make, new)
