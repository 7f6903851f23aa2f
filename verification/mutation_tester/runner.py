"""Run tests against a changed copy of the layer, in forks of a process that has imported all but the layer."""

import contextlib
import importlib
import io
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import pytest

from .paths import LAYER, ROOT
from .syntax import path_of

_HEAVY = (
    "hypothesis.stateful",
    "_hypothesis_pytestplugin",
    "anyio.pytest_plugin",
    "pytest_timeout",
    "moto",
    "httpx",
    "samtranslator.translator.translator",
    "boto3",
    "pynamodb.models",
    "jsonschema",
    "pydantic",
    "aws_lambda_powertools",
    "uvicorn",
    "yaml",
)
_TEST_LIMIT_S = 600
_RUN_LIMIT_S = 3600
"""Generous: a mutation that hangs is noticed, but a slow machine must not look like one that hangs."""


class Verdict(NamedTuple):
    """`by`: the tests that noticed the change; without any it survived."""

    by: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        return f"{'noticed' if self.by else 'MISSED '} {self.seconds:5.1f} s by {', '.join(self.by) or 'none'}:"


def warm_up() -> None:
    """Import what every run of tests needs. The layer itself must not be imported yet."""
    sys.path.insert(0, str(ROOT))
    for name in _HEAVY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    assert "tidings" not in sys.modules


@contextlib.contextmanager
def changed_layer(module: str, source: str) -> Iterator[Path]:
    """Copy the layer, with one module's source replaced."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(LAYER, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / path_of(module)).write_text(source)
        yield copy


def judge(module: str, source: str, tests: Sequence[str]) -> Verdict:
    """Run the tests against the layer with one changed module, until the first of them fails."""
    began = time.monotonic()
    with changed_layer(module, source) as layer:
        return Verdict(_run_in_fork(layer, tests), time.monotonic() - began)


class _Failures:
    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid} (import)")


def _run_in_fork(layer: Path, tests: Sequence[str]) -> tuple[str, ...]:
    read_end, write_end = Pipe()
    child = os.fork()
    if child == 0:
        _test(layer, tests, write_end)
    write_end.close()
    try:
        if not read_end.poll(_RUN_LIMIT_S):
            os.killpg(child, signal.SIGKILL)
            return ("(time limit)",)
        failed, ended = read_end.recv()
    except EOFError:
        raise RuntimeError("the process of the tests ended without a result") from None
    finally:
        read_end.close()
        os.waitpid(child, 0)
    if ended not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}:
        raise RuntimeError(f"pytest ended with {ended}")
    return tuple(failed)


def _test(layer: Path, tests: Sequence[str], results: Connection) -> None:
    os.setpgid(0, 0)
    os.environ["PYTHONPATH"] = str(layer)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(layer))
    os.chdir(ROOT)
    failures = _Failures()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        arguments = [
            "-x",
            "-q",
            "-W",
            "ignore::pytest.PytestAssertRewriteWarning",
            "-p",
            "no:cacheprovider",
            "--no-header",
            f"--timeout={_TEST_LIMIT_S}",
            *tests,
        ]
        ended = pytest.main(arguments, plugins=[failures])
    results.send((tuple(failures.failed), int(ended)))
    os._exit(0)
