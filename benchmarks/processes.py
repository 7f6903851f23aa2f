"""Start the measured processes: a new one for each request (`cold.py`, `client.py`), or a warm one (`warm.py`)."""

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.code import Code
from benchmarks.stage import Event, Stage

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Cold:
    """Milliseconds from the process's start to its first response, and of CPU until its end.

    Of that CPU time, `init_ms` imported the handler, and `request_ms` handled the first request.
    """

    status: int
    wall_ms: float
    cpu_ms: float
    init_ms: float
    request_ms: float


def start(code: Code, path: str, script: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Cold:
    """Run a script to its end, without `site`: its start-up differs between environments."""
    command = [code.python, "-S", str(_HERE / script), *arguments]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env={**environment, "PYTHONPATH": path}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    told = process.stderr.readline()
    wall = time.perf_counter() - began
    rest = process.stderr.read()
    _, ended, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(ended)
    process.stderr.close()
    status, *parts = told.split() or [b""]
    if not status.isdigit():
        raise RuntimeError(f"{script} {' '.join(arguments)}: {(told + rest).decode()}")
    init_ms, request_ms = map(float, parts)
    return Cold(int(status), 1000 * wall, 1000 * (usage.ru_utime + usage.ru_stime), init_ms, request_ms)


class Warm:
    """A warm environment of one function."""

    def __init__(self, code: Code, stage: Stage, function: str, **environment: str) -> None:
        described = stage.functions[function]
        module = described.handler.rpartition(".")[0]
        self._process = subprocess.Popen(
            [code.python, "-S", str(_HERE / "warm.py"), module],
            env={**stage.environment(function), **environment, "PYTHONPATH": code.path(described.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)

    def order(self, **order: object) -> Any:  # noqa: ANN401 - JSON
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the function's process ended")
        return json.loads(line)

    def answer(self, events: Sequence[Event], status: int = 200) -> Any:  # noqa: ANN401
        """Handle events and return their measurements. Raises RuntimeError if a response has another status."""
        taken = self.order(events=events)
        statuses = {one["status"] for one in taken["answers"]}
        if statuses != {status}:
            raise RuntimeError(f"answered {statuses}, not {status}: {taken['answers'][0]['body'][:300]}")
        return taken
