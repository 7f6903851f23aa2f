"""What the end-to-end run leaves behind: recorded AWS calls, the webhooks' answers, log lines, stored rows."""

import json
import re
from pathlib import Path

from local import aws
from local.cloud import LocalCloud
from tests.e2e.brokers import Brokers
from tests.e2e.description import Description
from tests.support.iam import Call
from tests.support.stack import Stack

_TOKEN = re.compile(r"(?:access|public|link)-sandbox-[0-9a-f-]{8,}|[\w.+-]+@[\w-]+\.\w+")
_WEBHOOKS = {"plaid": "/plaid/webhook", "snaptrade": "/api/snaptrade/webhook"}


def stack() -> Stack:
    """What the recorded cloud was deployed from."""
    return Stack.translated(PaidRefresh="on")


def recorded(record: Path) -> list[Call]:
    """The calls of the functions, without those of the tests and the gateway."""
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    functions = set(stack().permissions.functions)
    return [Call.parse(line) for line in lines if line["function"] in functions]


def told(call: Call) -> str:
    """A call in one line, with what policies ask about it."""
    asked = {key.partition(":")[2]: values for key, values in call.context.items()}
    return f"{call.function}: {call.action} on {call.resource} {asked}"


def check_permissions(record: Path) -> None:
    """No function called anything that its role on AWS would not let it."""
    forbidden = sorted({told(call) for call in stack().permissions.forbidden(recorded(record))})
    if forbidden:
        raise AssertionError("not allowed by the template:\n" + "\n".join(forbidden))


def check_deliveries(brokers: Brokers, description: Description) -> None:
    """Every webhook was answered as described."""
    for delivery in brokers.deliveries():
        if delivery["status"] is not None:
            path = _WEBHOOKS["snaptrade" if delivery["event"].isidentifier() else "plaid"]
            description.check_delivery(path, delivery["status"], delivery["answer"])


def check_nothing_leaked(cloud: LocalCloud, brokers: Brokers) -> None:
    """No token, secret, cookie or e-mail in any function's log, and no credential in clear in any table."""
    brokers.learn_secrets()
    for path in sorted(cloud.logs.glob("*Function.log")):
        log = path.read_text("utf-8", "replace")
        leaked = [*_TOKEN.findall(log), *(secret for secret in brokers.secrets if secret in log)]
        if leaked:
            raise AssertionError(f"{path.name} holds {leaked}")
    stored = _stored(cloud)
    emails = {secret for secret in brokers.secrets if "@" in secret}  # a session carries its user's
    in_clear = [secret for secret in brokers.secrets - emails if secret in stored]
    if in_clear:
        raise AssertionError(f"stored in clear: {in_clear}")


def _stored(cloud: LocalCloud) -> str:
    """Every row of every table, as one text."""
    client = aws.dynamodb(cloud.ministack_url)
    tables = [name for logical_id, name in cloud.physical.items() if logical_id.endswith("Table")]
    pages = [page for name in tables for page in client.get_paginator("scan").paginate(TableName=name)]
    return json.dumps([page["Items"] for page in pages], default=repr)
