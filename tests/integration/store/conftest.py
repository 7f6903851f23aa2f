from typing import Any

import pytest

from tests.support.fakes.clock import StoppedClock


@pytest.fixture(autouse=True)
def now(dynamodb: Any, stopped_clock: StoppedClock) -> StoppedClock:  # noqa: ANN401 - boto3's client
    """Give each test empty tables and a stopped clock."""
    return stopped_clock
