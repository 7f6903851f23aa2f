"""Functions for tests: one returns its event, one fails on request."""

import json
import os
import time

import layered  # type: ignore[import-not-found]
from awslambdaric.lambda_context import LambdaContext  # type: ignore[import-untyped]

Event = dict[str, object]


def echo(event: Event, context: LambdaContext) -> Event:
    """Return the event and the environment of the function."""
    seen = {
        "event": event,
        "pid": os.getpid(),
        "cwd": os.getcwd(),  # noqa: PTH109
        "layered": layered.__name__,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
    }
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(seen)}


def behave(event: Event, _context: LambdaContext) -> object:
    """Follow the body: print, raise, exit, return `size` bytes, return the event, sleep, or return `result`."""
    wish = json.loads(str(event.get("body") or "{}"))
    if "print" in wish:
        print(wish["print"])
    if "raise" in wish:
        raise ValueError(wish["raise"])
    if "exit" in wish:
        os._exit(wish["exit"])
    if "size" in wish:
        return {"statusCode": 200, "body": "x" * wish["size"]}
    if "show" in wish:
        return event
    time.sleep(wish.get("sleep_s", 0))
    return wish.get("result", {"statusCode": 200, "body": str(os.getpid())})
