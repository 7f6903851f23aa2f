"""Set the environment before any test imports the product, and share the tests out to workers."""

import pytest
from hypothesis import settings

import tests.support.aws.environment  # noqa: F401 - it sets the environment

settings.register_profile("tests", deadline=None)  # no test depends on the machine's speed
settings.load_profile("tests")

_ONE_CLOUD = ("tests/e2e/browser", "tests/e2e")
"""Folders whose own tests share one running cloud, which is examined when they are over."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each file to one worker, and all tests of one cloud to the same worker."""
    for item in items:
        file = item.path.relative_to(item.config.rootpath)
        folder = file.parent.as_posix()
        item.add_marker(pytest.mark.xdist_group(folder if folder in _ONE_CLOUD else file.as_posix()))
