"""Run one faulty cloud for all faults, and search everything it left for secrets (I9)."""

from collections.abc import Iterator

import pytest

from tests.e2e import leftovers
from tests.e2e.faults import counters
from tests.e2e.faults.cloud import FaultyCloud, faulty_cloud


@pytest.fixture(scope="package")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyCloud]:
    with faulty_cloud(tmp_path_factory.mktemp("faulty")) as running:
        yield running
        leftovers.check(running.cloud, running.brokers, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if counters.counted:
        terminalreporter.write_line(f"Faults: {counters.summary()}; lost: none where the tests passed")
