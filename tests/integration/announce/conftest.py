from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.host import Host, listening_host
from tests.support.fakes.notify_queue import NotifyQueue, virtual_queue


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """The host app's backend, at the deployment's NotifyUrl."""
    with listening_host() as host:
        monkeypatch.setenv("NOTIFY_URL", host.url)
        yield host


@pytest.fixture
def queue(dynamodb: Any, stopped_clock: StoppedClock) -> Iterator[NotifyQueue]:  # noqa: ANN401
    with virtual_queue(stopped_clock) as queue:
        yield queue
