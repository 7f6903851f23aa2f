"""Run tests against a changed copy of the layer, in a fork that imports the layer anew."""

import contextlib
import importlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from .forked import TimedOut, run_in_fork
from .paths import LAYER
from .quiet_pytest import run_pytest
from .syntax import path_of
from .warm_tests import IMPORT_FAILS, TIME_LIMIT, import_layer

_RUN_LIMIT_S = 3600


class Verdict(NamedTuple):
    """`by`: the tests that noticed the change; without any it survived."""

    by: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        return f"{'noticed' if self.by else 'MISSED '} {self.seconds:5.1f} s by {', '.join(self.by) or 'none'}:"


@contextlib.contextmanager
def changed_layer(module: str, source: str) -> Iterator[Path]:
    """Copy the layer, with one module's source replaced."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(LAYER, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / path_of(module)).write_text(source)
        yield copy


def judge(module: str, source: str, tests: Sequence[str]) -> Verdict:
    """Run the tests against the layer with one changed module, until the first of them fails.

    A test is the id of one, or a file. The ids are run in their order.
    """
    began = time.monotonic()
    with changed_layer(module, source) as layer:
        try:
            failed = run_in_fork(partial(_test, layer, tests), _RUN_LIMIT_S)
        except TimedOut:
            failed = (TIME_LIMIT,)
        return Verdict(failed, time.monotonic() - began)


def _test(layer: Path, tests: Sequence[str]) -> tuple[str, ...]:
    os.environ["PYTHONPATH"] = str(layer)
    sys.path.insert(0, str(layer))
    importlib.import_module("tests.support.aws.environment")  # the layer reads it when it is imported
    try:
        import_layer()  # pytest itself fails if a conftest.py cannot
    except Exception:  # noqa: BLE001 - the changed layer cannot be imported, whatever the reason
        return (IMPORT_FAILS,)
    return run_pytest(list(dict.fromkeys(test.partition("[")[0] for test in tests)), [_Ordered(tests)])


class _Ordered:
    """A plugin of pytest that runs the wanted tests in the wanted order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {test: number for number, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        placed = [(position, item) for item in items if (position := self._position(item.nodeid)) is not None]
        items[:] = [item for _, item in sorted(placed, key=lambda pair: pair[0])]

    def _position(self, test: str) -> int | None:
        names = (test, test.partition("[")[0], test.partition("::")[0])
        return next((self._order[name] for name in names if name in self._order), None)
