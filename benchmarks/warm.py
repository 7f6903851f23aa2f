"""Run a warm function: handle events and measure each one. Runs as its own process.

`python -S warm.py MODULE`, with the function's environment. Each line of standard input is an order, each line of
standard output its result:

    {"watch": true}               include each call to DynamoDB with its capacity
    {"events": [...]}             each once -> {"answers": [{"status", "body", "wall_ms", "calls"}], "cpu_ms",
                                  "log_bytes", "decryptions"}
    {"bare": [[name, params]]}    DynamoDB calls by botocore alone -> {"cpu_ms"}
"""

import importlib
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any


class Context:
    aws_request_id = "benchmark"


class Calls:
    """Records the requests that are sent to DynamoDB, retries included."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.decryptions = 0
        self._of_thread = threading.local()  # a refresh makes calls side by side

    def watch(self) -> None:
        from tidings.aws import clients

        events = clients.aws_client("dynamodb").meta.events
        events.register("provide-client-params.dynamodb", self._ask)
        events.register("before-send.dynamodb", self._send)
        events.register("after-call.dynamodb", self._answer)
        clients.aws_client("kms").meta.events.register("before-send.kms", self._decrypt)

    def _ask(self, params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any]:  # noqa: ANN401 - botocore's
        self._of_thread.request = (model.name, params)
        return {**params, "ReturnConsumedCapacity": "TOTAL"}

    def _send(self, **_: Any) -> None:  # noqa: ANN401
        name, params = self._of_thread.request
        self._of_thread.call = {"name": name, "params": params}
        self.sent.append(self._of_thread.call)

    def _decrypt(self, **_: Any) -> None:  # noqa: ANN401
        self.decryptions += 1

    def _answer(self, parsed: dict[str, Any], **_: Any) -> None:  # noqa: ANN401
        self._of_thread.call["capacity"] = parsed.get("ConsumedCapacity")


def serve(module: str) -> None:
    """Answer orders until standard input ends."""
    told = os.fdopen(os.dup(1), "w")
    log, path = tempfile.mkstemp()
    Path(path).unlink()
    os.dup2(log, 1)  # the product's log lines
    handler = importlib.import_module(module).lambda_handler
    calls = Calls()
    for line in sys.stdin:
        order = json.loads(line)
        answer: dict[str, Any] = {}
        if "events" in order:
            answer = answer_all(handler, order["events"], calls)
        elif "bare" in order:
            answer = call_all(order["bare"])
        else:
            calls.watch()
        told.write(json.dumps(answer, default=str) + "\n")
        told.flush()


def answer_all(handler: Any, events: list[dict[str, Any]], calls: Calls) -> dict[str, Any]:  # noqa: ANN401
    context = Context()
    taken = []
    logged, decrypted = os.fstat(1).st_size, calls.decryptions
    cpu = time.process_time()
    for event in events:
        already = len(calls.sent)
        began = time.perf_counter()
        answer = handler(event, context)
        taken.append((answer, time.perf_counter() - began, calls.sent[already:]))
    cpu = time.process_time() - cpu
    answers = [
        {"status": answer.get("statusCode", 200), "body": answer.get("body", ""), "wall_ms": 1000 * wall, "calls": sent}
        for answer, wall, sent in taken
    ]
    sys.stdout.flush()
    return {
        "answers": answers,
        "cpu_ms": 1000 * cpu,
        "log_bytes": os.fstat(1).st_size - logged,
        "decryptions": calls.decryptions - decrypted,
    }


def call_all(requests: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    from botocore import xform_name

    from tidings.aws import clients

    client = clients.aws_client("dynamodb")
    methods = [(getattr(client, xform_name(name)), params) for name, params in requests]
    cpu = time.process_time()
    for method, params in methods:
        method(**params)
    return {"cpu_ms": 1000 * (time.process_time() - cpu)}


if __name__ == "__main__":
    serve(sys.argv[1])
