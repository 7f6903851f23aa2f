from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws.aws_calls import OperationRecorder, intercept_calls
from tests.support.aws.deployment_secrets import restore_secrets
from tests.support.aws.moto_cloud import moto_cloud, purge_queues
from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output, capture_output
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.issuer import AUDIENCE, Issuer, local_issuer
from tests.support.fakes.providers import Providers, simulated_providers
from tidings import clock
from tidings.auth import jwks
from tidings.aws import clients
from tidings.exchange_rates import lookup
from tidings.providers.plaid import verification_keys
from tidings.webhooks import receive


@pytest.fixture(scope="session")
def simulators() -> Iterator[Providers]:
    with simulated_providers() as providers:
        yield providers


@pytest.fixture
def providers(simulators: Providers, monkeypatch: pytest.MonkeyPatch) -> Providers:
    """Both simulators, with no fault, call or webhook left from an earlier test."""
    monkeypatch.setenv("PLAID_BASE_URL", simulators.plaid_url)
    monkeypatch.setenv("SNAPTRADE_BASE_URL", simulators.snaptrade_url)
    # A function's process has a key ring and a limit of log lines of its own; this one process stands for many.
    monkeypatch.setattr(verification_keys, "key_ring", verification_keys.KeyRing())
    receive.REFUSAL_LINES.clear()
    simulators.reset()
    return simulators


@pytest.fixture(scope="session")
def cloud() -> Iterator[Any]:
    """The stack's account on moto."""
    clients.reset_clients()
    with moto_cloud() as client:
        yield client
    clients.reset_clients()


@pytest.fixture
def dynamodb(cloud: Any) -> Any:  # noqa: ANN401
    """The account with empty tables and queues, and both providers configured."""
    Tables(cloud).clear()
    purge_queues()
    lookup.forget()
    restore_secrets()
    return cloud


@pytest.fixture
def app(dynamodb: Any, providers: Providers) -> App:  # noqa: ANN401
    return App(providers)


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """The product's clock, stopped at the present and moved by the test."""
    stopped = StoppedClock(clock.now_ms())
    monkeypatch.setattr(clock, "now_ms", stopped.now_ms)
    return stopped


@pytest.fixture
def cookie(app: App) -> str:
    """Alice's session cookie."""
    return app.sign_in()


@pytest.fixture
def linked(app: App, cookie: str, stopped_clock: StoppedClock) -> LinkedSource:
    """Alice's SnapTrade connection: fetched, and its cooldown has expired."""
    linked = app.link_and_refresh(cookie, "snaptrade")
    stopped_clock.advance(61)
    return linked


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow paid refreshes in this deployment."""
    monkeypatch.setenv("PAID_REFRESH", "on")


@pytest.fixture(params=["plaid", "snaptrade"])
def paid_source(
    app: App, cookie: str, request: pytest.FixtureRequest, stopped_clock: StoppedClock, paid: None
) -> LinkedSource:
    """A fetched source whose cooldown has expired, where paid refreshes are allowed."""
    paid_source = app.link_and_refresh(cookie, request.param)
    stopped_clock.advance(61)
    app.providers.reset()
    return paid_source


@pytest.fixture
def tables(dynamodb: Any) -> Tables:  # noqa: ANN401
    return Tables(dynamodb)


@pytest.fixture
def queue(dynamodb: Any) -> SqsQueue:  # noqa: ANN401
    """The tasks queue, empty."""
    return SqsQueue.connect()


@pytest.fixture
def deferred_queue(dynamodb: Any) -> SqsQueue:  # noqa: ANN401
    """The queue of deferred webhooks, empty."""
    return deferred.connect_queue()


@pytest.fixture
def check_queue(dynamodb: Any) -> SqsQueue:  # noqa: ANN401
    """The queue of status checks, empty."""
    return reconcile_queue.connect_queue()


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    """The log lines and metrics of this test."""
    with capture_output(capsys) as output:
        yield output


@pytest.fixture
def store_calls(app: App) -> Iterator[OperationRecorder]:
    """The DynamoDB calls of this test."""
    with intercept_calls(OperationRecorder()) as calls:
        yield calls


@pytest.fixture(scope="session")
def running_issuer() -> Iterator[Issuer]:
    with local_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(running_issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """The issuer, up and trusted; this process has not cached its keys."""
    running_issuer.end_outage()
    running_issuer.http.delete(f"{running_issuer.address}/_sim/calls").raise_for_status()
    monkeypatch.setenv("OIDC_ISSUER", running_issuer.address)
    monkeypatch.setenv("OIDC_AUDIENCE", AUDIENCE)
    jwks.key_ring.cache_clear()
    return running_issuer
