"""Run pytest inside this process, without output, and return the tests that failed."""

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence

import pytest

from .paths import ROOT

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
"""Generous: a change that hangs is noticed, but a slow machine must not look like one that hangs."""
_PROFILE = "changed"


def warm_up() -> None:
    """Import what every run of tests needs. The layer itself must not be imported yet."""
    sys.path.insert(0, str(ROOT))
    for name in _HEAVY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    assert "tidings" not in sys.modules


def run_pytest(arguments: Sequence[str], plugins: Sequence[object], *, stop_at_first: bool = True) -> tuple[str, ...]:
    """Return the ids of the tests that failed. Raises RuntimeError if pytest itself fails."""
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.chdir(ROOT)
    _use_repeatable_examples()
    failures = Failures()
    options = [
        *(["-x"] if stop_at_first else []),
        "-q",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
        "-p",
        "no:cacheprovider",
        "--no-header",
        f"--hypothesis-profile={_PROFILE}",
        f"--timeout={_TEST_LIMIT_S}",
    ]
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(output):
        ended = pytest.main([*options, *arguments], plugins=[failures, *plugins])
    if ended != pytest.ExitCode.OK and not failures.failed:
        raise RuntimeError(f"pytest ended with {ended}: {output.getvalue()[-2000:]}")
    return tuple(failures.failed)


class Failures:
    """A plugin of pytest that remembers what failed."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid} (import)")


def _use_repeatable_examples() -> None:
    """Let Hypothesis try the same examples each time, keep none and simplify none."""
    from hypothesis import Phase, settings

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(_PROFILE, deadline=None, database=None, derandomize=True, phases=phases)
