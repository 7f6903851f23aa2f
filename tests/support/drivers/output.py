"""Read a function's log lines and metrics, one JSON object per line."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tidings.observability import logger


class _Stdout:
    """Standard output at the time of writing, not at the logger's creation."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@dataclass
class Output:
    capture: pytest.CaptureFixture[str]
    _text: str = ""

    @property
    def text(self) -> str:
        self._text += self.capture.readouterr().out
        return self._text

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def lines_with_message(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("message") == message]

    def metric_sum(self, metric: str, **dimensions: str) -> int:
        """Return the sum of a metric over the lines with these dimensions."""
        found = [line for line in self.lines if metric in line and dimensions.items() <= line.items()]
        return int(sum(sum(line[metric]) for line in found))


@contextmanager
def capture_output(capture: pytest.CaptureFixture[str]) -> Iterator[Output]:
    handler: Any = logger.registered_handler
    began_with = handler.setStream(_Stdout())
    try:
        yield Output(capture)
    finally:
        handler.setStream(began_with)
