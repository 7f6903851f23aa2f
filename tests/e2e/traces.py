"""Read the traces of an end-to-end run: recorded AWS calls and webhook responses."""

import json
from pathlib import Path

from tests.e2e.brokers import Brokers
from tests.e2e.description import Description
from tests.support.aws.iam import Call
from tests.support.aws.stack import Stack

_WEBHOOKS = {"plaid": "/plaid/webhook", "snaptrade": "/api/snaptrade/webhook"}


def stack() -> Stack:
    """Load the stack from which the recorded cloud was deployed."""
    return Stack.from_template(PaidRefresh="on", NotifyUrl="https://app.example.com/tidings")


def recorded(record: Path) -> list[Call]:
    """Return the functions' calls, without those of the tests and the gateway."""
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    functions = set(stack().permissions.functions)
    return [Call.parse(line) for line in lines if line["function"] in functions]


def describe(call: Call) -> str:
    """Describe a call in one line, with its policy condition values."""
    asked = {key.partition(":")[2]: values for key, values in call.context.items()}
    return f"{call.function}: {call.action} on {call.resource} {asked}"


def check_permissions(record: Path) -> None:
    """Check that every function made only calls that its role allows on AWS."""
    forbidden = sorted({describe(call) for call in stack().permissions.forbidden(recorded(record))})
    if forbidden:
        raise AssertionError("not allowed by the template:\n" + "\n".join(forbidden))


def check_deliveries(brokers: Brokers, description: Description) -> None:
    """Check that every webhook response is described."""
    for delivery in brokers.deliveries():
        if delivery["status"] is not None:
            path = _WEBHOOKS["snaptrade" if delivery["event"].isidentifier() else "plaid"]
            description.check_delivery(path, delivery["status"], delivery["answer"])
