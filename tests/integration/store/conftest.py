from typing import Any

import pytest

from tests.support.fakes.clock import StoppedClock


@pytest.fixture(autouse=True)
def now(dynamodb: Any, stopped_clock: StoppedClock) -> StoppedClock:  # noqa: ANN401 - boto3's client
    """Every test has empty tables, and a clock that stands still."""
    return stopped_clock
