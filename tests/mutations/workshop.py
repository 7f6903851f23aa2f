"""Runs tests against a changed copy of the layer, in forks of a process that has imported all but the layer."""

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

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "common" / "src"
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
_LONGEST_S = 240


class Verdict(NamedTuple):
    """`by`: the tests that noticed; none: it survived."""

    by: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        return f"{'noticed' if self.by else 'MISSED '} {self.seconds:5.1f} s by {', '.join(self.by) or 'none'}:"


def warm_up() -> None:
    """Import what every run of tests needs. The layer itself must not be there yet."""
    sys.path.insert(0, str(ROOT))
    for name in _HEAVY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    assert "tidings" not in sys.modules


@contextlib.contextmanager
def changed_layer(path: str, source: str) -> Iterator[Path]:
    """A copy of the layer with one file replaced."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(LAYER, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / "tidings" / path).write_text(source)
        yield copy


def judged(path: str, source: str, tests: Sequence[str]) -> Verdict:
    """Which of these tests is the first to notice."""
    began = time.monotonic()
    with changed_layer(path, source) as layer:
        return Verdict(_in_a_fork(layer, tests), time.monotonic() - began)


class _Failures:
    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid} (import)")


def _in_a_fork(layer: Path, tests: Sequence[str]) -> tuple[str, ...]:
    ours, theirs = Pipe()
    child = os.fork()
    if child == 0:
        _test(layer, tests, theirs)
    theirs.close()
    try:
        if not ours.poll(_LONGEST_S):
            os.killpg(child, signal.SIGKILL)
            return ("(it hangs)",)
        failed, ended = ours.recv()
    except EOFError:
        raise RuntimeError("the process of the tests ended without a word") from None
    finally:
        ours.close()
        os.waitpid(child, 0)
    if ended not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}:
        raise RuntimeError(f"pytest ended with {ended}")
    return tuple(failed)


def _test(layer: Path, tests: Sequence[str], told: Connection) -> None:
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
            *tests,
        ]
        ended = pytest.main(arguments, plugins=[failures])
    told.send((tuple(failures.failed), int(ended)))
    os._exit(0)
