import pytest

from tests.support.aws.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The template with every default."""
    return Stack.from_template()
