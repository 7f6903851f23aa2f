from collections.abc import Iterator

import pytest

from tests.support.aws.aws_calls import OperationRecorder, intercept_calls, stub_response
from tests.support.drivers.app import App
from tests.support.drivers.operator import Operator
from tidings_cli import disconnect

DESCRIBED = {"Stacks": [{"StackId": "arn:aws:cloudformation:stack/tidings/1", "StackStatus": "DELETE_COMPLETE"}]}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disconnect, "_PAUSE_S", 0.01)
    monkeypatch.setattr(disconnect, "_DELETION_TIMEOUT_S", 0.05)


@pytest.fixture
def linked(app: App) -> dict[str, str]:
    """Alice has one item at each provider, Bob one at Plaid."""
    alice = app.sign_in()
    return {
        "plaid": app.link_and_refresh(alice, "plaid").item_id,
        "snaptrade": app.link_and_refresh(alice, "snaptrade").item_id,
        "bob": app.link(app.sign_in("bob"), "plaid").item_id,
    }


@pytest.fixture
def cloudformation(operator: Operator) -> Iterator[OperationRecorder]:
    """The calls to a CloudFormation that deletes the stack at once."""
    calls = OperationRecorder()
    with (
        intercept_calls(calls, "cloudformation"),
        intercept_calls(stub_response("DescribeStacks", DESCRIBED), "cloudformation"),
        intercept_calls(stub_response("DeleteStack", {}), "cloudformation"),
        intercept_calls(stub_response("SetStackPolicy", {}), "cloudformation"),
        intercept_calls(stub_response("UpdateTerminationProtection", {}), "cloudformation"),
    ):
        yield calls
