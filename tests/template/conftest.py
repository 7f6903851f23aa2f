import pytest

from tests.support.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The template with every default."""
    return Stack.translated()
