"""Set the environment before any test imports the product, and share the tests out to workers."""

from pathlib import PurePosixPath

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import tests.support.aws.environment  # noqa: F401 - it sets the environment

settings.register_profile("tests", deadline=None)  # no test depends on the machine's speed
settings.load_profile("tests")

_ONE_CLOUD = ("tests/e2e/browser", "tests/e2e")
"""Folders whose own tests share one running cloud, which is examined when they are over."""
_NOTHING_SHARED = ("verification/model_checker",)
"""Folders of long tests that share no fixture, and that run last."""


class SharedFixtures(LoadScopeScheduling):
    """Give each file to one worker, and all tests of one cloud to the same worker.

    xdist's own groups have no effect: pytest no longer lets a plugin rename a test.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = PurePosixPath(file).parent.as_posix()
        if folder in _NOTHING_SHARED:
            return nodeid
        return folder if folder in _ONE_CLOUD else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Return the scheduler of `pytest --numprocesses`."""
    return SharedFixtures(config, log)
