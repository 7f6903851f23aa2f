from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.support.aws.aws_calls import FailingCall, aws_error, intercept_calls
from tests.support.drivers.app import App


@pytest.fixture
def cookie(app: App) -> str:
    """Alice's session, valid however far the clock is moved."""
    return app.sign_in(lasts_s=10**9)


@pytest.fixture
def kms_down() -> AbstractContextManager[Any]:
    """An outage of KMS, to enter."""
    return intercept_calls(FailingCall("Encrypt", aws_error("KMSInternalException")), "kms")
