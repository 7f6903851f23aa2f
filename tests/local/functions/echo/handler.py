"""Functions under test: one shows its event, one misbehaves on request."""

import json
import os
import time
from typing import Any

from awslambdaric.lambda_context import LambdaContext  # type: ignore[import-untyped]


def echo(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer what the function got."""
    seen = {
        "event": event,
        "pid": os.getpid(),
        "cwd": os.getcwd(),  # noqa: PTH109
        "request_id": context.aws_request_id,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
    }
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(seen)}


def behave(event: dict[str, Any], _context: LambdaContext) -> object:
    """Do what the body says: {"answer"}, {"raise"}, {"exit"}, {"sleep_s"}, {"size"} or {"print"}."""
    wish = json.loads(event.get("body") or "{}")
    if "print" in wish:
        print(wish["print"])
    if "raise" in wish:
        raise ValueError(wish["raise"])
    if "exit" in wish:
        os._exit(wish["exit"])
    if "size" in wish:
        return {"statusCode": 200, "body": "x" * wish["size"]}
    time.sleep(wish.get("sleep_s", 0))
    return wish.get("answer", {"statusCode": 200, "body": str(os.getpid())})
