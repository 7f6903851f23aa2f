"""Set the environment before any test imports the product, and share the tests out to workers."""

from collections.abc import Generator
from pathlib import PurePosixPath

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import tests.support.aws.environment  # noqa: F401 - it sets the environment

settings.register_profile("tests", deadline=None)  # no test depends on the machine's speed
settings.load_profile("tests")

_ONE_CLOUD = ("tests/e2e/browser", "tests/e2e", "tests/e2e/faults", "tests/local")
"""Folders whose own tests share one running cloud, which is examined when they are over. The longest first."""
_NOT_THE_SHARED_CLOUD = (
    "tests/e2e/browser/test_geometry.py",
    "tests/local/test_event_source.py",
    "tests/local/test_live_updates.py",
    "tests/local/test_persistence.py",
    "tests/local/test_run.py",
)
"""Files of these folders that need no cloud, or start their own."""
_NOTHING_SHARED = ("verification/model_checker",)
"""Folders of long tests that share no fixture, and that run last."""


class SharedFixtures(LoadScopeScheduling):
    """Give each file to one worker, and all tests of one cloud to the same worker.

    xdist's own groups have no effect: pytest no longer lets a plugin rename a test.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, folder = _place(nodeid)
        if folder in _NOTHING_SHARED:
            return nodeid
        return folder if folder in _ONE_CLOUD and file not in _NOT_THE_SHARED_CLOUD else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Return the scheduler of `pytest --numprocesses`."""
    return SharedFixtures(config, log)


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Return two workers for each core, since many tests wait: for processes, retries and time limits."""
    cores = yield
    return cores * 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the clouds: what starts last of the longest would end last, beside idle workers."""
    order = {folder: number for number, folder in enumerate(_ONE_CLOUD)}
    items.sort(key=lambda item: order.get(_place(item.nodeid)[1], len(order)))


def _place(nodeid: str) -> tuple[str, str]:
    """Return a test's file and folder."""
    file = nodeid.partition("::")[0]
    return file, PurePosixPath(file).parent.as_posix()
