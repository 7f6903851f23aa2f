import pytest

from tests.support.aws.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The template with every default, and with all that NotifyUrl adds."""
    return Stack.from_template(NotifyUrl="https://app.example.com/tidings")
