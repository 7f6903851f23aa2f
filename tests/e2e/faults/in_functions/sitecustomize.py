"""Set a wrong clock or leave batches over if configured, and write the process id, in each process of a function.

A process takes the smallest free number of its function and holds a lock on `<function>.<number>`, which has its pid.
"""

import fcntl
import importlib.abc
import importlib.util
import itertools
import json
import os
import sys
import time
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

_FOLDER = Path(os.environ["FAULTY_CLOUD"])
_time, _time_ns = time.time, time.time_ns


def _take_number() -> int:
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "none")
    for number in itertools.count():
        descriptor = os.open(_FOLDER / f"{function}.{number}", os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        return number
    raise AssertionError


def _ahead_s() -> float:
    try:
        ahead: list[float] = json.loads((_FOLDER / "clocks").read_text("ascii"))
    except FileNotFoundError:
        return 0.0
    return ahead[_NUMBER % len(ahead)]


class _BatchesLeftOver(importlib.abc.MetaPathFinder):
    """Change botocore's client when it is imported, so that a process without faults starts as usual."""

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        if name != "botocore.client":
            return None
        sys.meta_path.remove(self)
        spec: Any = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:  # noqa: ANN401
            execute(module)
            module.BaseClient._make_api_call = _leave_over(module.BaseClient._make_api_call)

        spec.loader.exec_module = exec_module
        return spec  # type: ignore[no-any-return]


def _leave_over(genuine: Any) -> Any:  # noqa: ANN401
    """Of three batches, leave the first over in part and the second as a whole."""
    numbers = itertools.count()

    def call(client: Any, operation: str, arguments: Any) -> Any:  # noqa: ANN401
        if operation != "BatchWriteItem" or not (_FOLDER / "left_over").exists() or (turn := next(numbers) % 3) == 2:
            return genuine(client, operation, arguments)
        [(table, rows)] = arguments["RequestItems"].items()
        done = rows[: len(rows) // 2] if turn == 0 else []
        if done:
            genuine(client, operation, {**arguments, "RequestItems": {table: done}})
        with (_FOLDER / "spoiled").open("a") as file:
            file.write(".")
        return {"UnprocessedItems": {table: rows[len(done) :]}}

    return call


sys.meta_path.insert(0, _BatchesLeftOver())
_NUMBER = _take_number()
time.time = lambda: _time() + _ahead_s()
time.time_ns = lambda: _time_ns() + int(_ahead_s() * 1e9)
