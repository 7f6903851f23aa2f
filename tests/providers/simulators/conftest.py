"""Start both simulators and a receiver once; reset faults, calls and retries before each test."""

from collections.abc import Iterator

import httpx
import pytest
from plaid.api import plaid_api  # type: ignore[import-untyped]

from local.simulators.plaid.app import create_app as create_plaid
from local.simulators.serving import running
from local.simulators.snaptrade.app import create_app as create_snaptrade
from tests.providers.simulators.receiver import Receiver, run_receiver
from tests.providers.simulators.sdks import SnapTradeSdk, plaid_client, snaptrade_client
from tests.support.drivers.loopback import loopback_client


@pytest.fixture(scope="session")
def _receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver


@pytest.fixture
def receiver(_receiver: Receiver) -> Receiver:
    _receiver.received.clear()
    _receiver.statuses.clear()
    return _receiver


@pytest.fixture(scope="session")
def _plaid() -> Iterator[httpx.Client]:
    with running(create_plaid()) as url, loopback_client(base_url=url) as client:
        yield client


@pytest.fixture(scope="session")
def _snaptrade(_receiver: Receiver) -> Iterator[httpx.Client]:
    app = create_snaptrade(webhook_url=_receiver.url)
    with running(app) as url, loopback_client(base_url=url) as client:
        yield client


def _reset(client: httpx.Client) -> httpx.Client:
    client.delete("/_sim/faults")
    client.delete("/_sim/calls")
    client.delete("/_sim/deliveries")
    client.post("/_sim/retries", json={"mode": "off"})
    return client


@pytest.fixture
def plaid_sim(_plaid: httpx.Client) -> httpx.Client:
    """Return a client of the Plaid simulator, for control commands and raw requests."""
    return _reset(_plaid)


@pytest.fixture
def snaptrade_sim(_snaptrade: httpx.Client) -> httpx.Client:
    return _reset(_snaptrade)


@pytest.fixture
def plaid_sdk(plaid_sim: httpx.Client) -> plaid_api.PlaidApi:
    return plaid_client(str(plaid_sim.base_url))


@pytest.fixture
def snaptrade_sdk(snaptrade_sim: httpx.Client) -> SnapTradeSdk:
    return snaptrade_client(str(snaptrade_sim.base_url))
