"""Share one local cloud with a tiny stack among tests that only send requests to it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.cloud import LocalCloud, Options, local_cloud
from local.settings import Settings
from tests.support.drivers.loopback import loopback_client

STACK = Path(__file__).parent / "template.yaml"


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that the shared cloud records AWS calls in."""
    return tmp_path_factory.mktemp("record") / "calls.jsonl"


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory, record: Path) -> Iterator[LocalCloud]:
    """Start the tiny stack once."""
    settings = Settings(port=0, state=tmp_path_factory.mktemp("state"), record=record)
    options = Options(
        template=STACK,
        page=STACK.with_name("page"),
        simulators=False,
        concurrency=3,
        secrets={"PlaidSecret": '{"client_id": "x"}'},
    )
    with local_cloud(settings, options) as running:
        yield running


@pytest.fixture
def front(cloud: LocalCloud) -> Iterator[httpx.Client]:
    """Talk to the HTTP API."""
    with loopback_client(base_url=cloud.front) as client:
        yield client


@pytest.fixture
def function_url(cloud: LocalCloud) -> Iterator[httpx.Client]:
    """Talk to BehaveFunction's own URL."""
    with loopback_client(base_url=cloud.function_urls["BehaveFunction"]) as client:
        yield client
