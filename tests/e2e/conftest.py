"""Run one local cloud for all end-to-end tests, and check its traces afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import LocalCloud, local_cloud
from local.settings import SIGNING_SECRET, Settings
from tests.e2e import leftovers, traces
from tests.e2e.brokers import Brokers, brokers_of
from tests.e2e.currency_flows import COLLECT_RATES
from tests.e2e.description import Description
from tests.e2e.user import User, signed_in
from tests.support.drivers.elapsed_time import delete_rate_counters
from tests.support.fakes.host import Host, listening_host

SECOND_ORIGIN = "https://second.example"
"""The origin of a second web app, besides the page's origin."""


@pytest.fixture(scope="session")
def description() -> Description:
    return Description()


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that records the AWS calls of the whole session."""
    return tmp_path_factory.mktemp("record") / "calls.jsonl"


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """The host app's backend."""
    with listening_host(SIGNING_SECRET) as host:
        yield host


@pytest.fixture(scope="package")
def shared(
    tmp_path_factory: pytest.TempPathFactory, record: Path, description: Description, host: Host
) -> Iterator[tuple[LocalCloud, Brokers]]:
    """Start the local cloud once, with every optional feature on. After this folder's tests, check their traces."""
    settings = Settings(
        port=0,
        state=tmp_path_factory.mktemp("cloud"),
        parameters={"PaidRefresh": "on", "NotifyUrl": host.url},
        record=record,
        origins=(SECOND_ORIGIN,),
    )
    with local_cloud(settings) as running, brokers_of(running) as brokers:
        running.run_schedule(COLLECT_RATES)
        yield running, brokers
        brokers.reset()
        traces.check_deliveries(brokers, description)
        traces.check_permissions(record)
        leftovers.check(running, brokers, record)


@pytest.fixture
def cloud(shared: tuple[LocalCloud, Brokers]) -> LocalCloud:
    return shared[0]


@pytest.fixture
def brokers(shared: tuple[LocalCloud, Brokers]) -> Brokers:
    """Provide both simulators without the faults, calls and spent rate limits of earlier tests."""
    shared[1].reset()
    delete_rate_counters(shared[0])
    return shared[1]


@pytest.fixture
def user(cloud: LocalCloud, brokers: Brokers, description: Description) -> Iterator[User]:
    """Sign in a new user."""
    with signed_in(cloud, brokers, description.check) as person:
        yield person


@pytest.fixture
def other(cloud: LocalCloud, brokers: Brokers, description: Description) -> Iterator[User]:
    """Sign in a second user."""
    with signed_in(cloud, brokers, description.check) as person:
        yield person
