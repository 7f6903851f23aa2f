"""Record which functions of the layer each test runs, once, and keep that on disk.

A changed file of tests is recorded anew. New functions of the layer, and other support of the tests, require that all
tests are. A function whose code changed keeps its record: remove the folder `.mutation-tests` if it is now run by tests
that did not run it before.
"""

import ast
import contextlib
import hashlib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

from .forked import run_in_fork
from .paths import CACHE, LAYER, ROOT, TESTS
from .quiet_pytest import run_pytest
from .syntax import MODULE_LEVEL

FAST = ("tests/unit", "tests/integration", "tests/providers/contract", "tests/repository/test_openapi.py")
"""The tests that run the layer in their own process."""
_SUPPORT = ("tests/support", "local", "cli", "functions")
_RECORD = CACHE / "recorded.json"


@dataclass
class Record:
    """What each test runs. A function's name is that of its module, a colon and its qualified name."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By the test's id."""
    functions: dict[str, set[str]] = field(default_factory=dict)
    """By the test's id."""
    at_import: set[str] = field(default_factory=set)
    """Functions that run when a module is imported or tests are collected."""

    def tests_of(self, functions: Iterable[str]) -> list[str]:
        """List the tests that run any of the functions: those first that run the least, and then the quick ones."""
        wanted = set(functions)
        found = [test for test, run in self.functions.items() if not wanted.isdisjoint(run)]
        return sorted(found, key=lambda test: (self.seconds[test] > _SLOW_S, len(self.functions[test]), test))


_SLOW_S = 0.5


def recorded() -> Record:
    """Return the record of the present code and tests. Run the tests whose record is missing."""
    files = [path.relative_to(ROOT).as_posix() for path in _test_files()]
    fingerprints = {name: _digest([ROOT / name]) for name in files}
    kept = _load()
    names = sorted(_functions())
    if kept["support"] != (support := _support()) or not set(names) <= set(kept["functions"]):
        kept = {"support": support, "functions": names, "files": {}}
    missing = [name for name in files if kept["files"].get(name, {}).get("digest") != fingerprints[name]]
    for folder, changed in groupby(missing, key=lambda name: name.rpartition("/")[0]):
        group = list(changed)
        print(f"recording what the tests of {folder} run ({len(group)} files) ...", flush=True)
        ran = run_in_fork(partial(_run, group))
        for test in ran["failed"]:
            print(f"left out, since it fails without any change: {test}", flush=True)
        for name in group:
            found = ran["files"].get(name, {"tests": {}, "import": []})
            kept["files"][name] = {"digest": fingerprints[name], **found}
        CACHE.mkdir(exist_ok=True)
        _RECORD.write_text(json.dumps(kept))
    return _joined([kept["files"][name] for name in files])


def _joined(files: Sequence[Any]) -> Record:
    record = Record()
    for one in files:
        record.at_import.update(one["import"])
        for test, (seconds, functions) in one["tests"].items():
            record.seconds[test] = seconds
            record.functions[test] = set(functions)
    return record


def _load() -> Any:  # noqa: ANN401 - JSON
    with contextlib.suppress(FileNotFoundError):
        return json.loads(_RECORD.read_text())
    return {"support": "", "functions": [], "files": {}}


def _test_files() -> Iterator[Path]:
    for name in FAST:
        path = ROOT / name
        yield from sorted(path.rglob("test_*.py")) if path.is_dir() else [path]


def _functions() -> set[str]:
    """Return the names of all functions of the layer."""
    return {name for path in LAYER.rglob("*.py") for name in _names_by_line(path).values()}


def _support() -> str:
    """Return a digest of what tests use beside the layer and their own files."""
    support = [path for name in _SUPPORT for path in sorted((ROOT / name).rglob("*.py"))]
    beside = [path for path in sorted(TESTS.rglob("*.py")) if not path.name.startswith("test_")]
    return _digest([*support, *beside, ROOT / "template.yaml"])


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _run(files: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    """Run the tests and return those that failed and, by file, what each other ran and what their import ran."""
    os.environ["COVERAGE_CORE"] = "ctrace"  # the other one cannot tell the tests apart
    sys.path.insert(0, str(LAYER))
    coverage = Coverage(data_file=None, config_file=False, source=[str(LAYER)], messages=False)
    recorder = _Recorder(coverage)
    coverage.start()
    failed = run_pytest(files, [recorder], stop_at_first=False)
    coverage.stop()
    return recorder.result(set(failed))


class _Recorder:
    """A plugin of pytest that gives each test a context of its own."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        result = yield
        self._coverage.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration

    def result(self, failed: Collection[str]) -> dict[str, Any]:
        """Return the record without the tests that failed: they would seem to notice every change."""
        functions = self._functions()
        files: dict[str, Any] = defaultdict(lambda: {"tests": {}, "import": sorted(functions[""])})
        for test, seconds in self._seconds.items():
            if test not in failed:
                files[test.partition("::")[0]]["tests"][test] = (round(seconds, 4), sorted(functions[test]))
        return {"failed": sorted(failed), "files": dict(files)}

    def _functions(self) -> dict[str, set[str]]:
        """Return the functions by the test that ran them."""
        found: dict[str, set[str]] = defaultdict(set)
        data = self._coverage.get_data()
        for file in data.measured_files():
            names = _names_by_line(Path(file))
            for line, tests in data.contexts_by_lineno(file).items():
                for test in tests:
                    found[test].add(names.get(line, ""))
        return found


def _names_by_line(path: Path) -> dict[int, str]:
    """Return the outermost function at each line of a module. The lines of its head count as the module's."""
    module = module_of(path)
    names: dict[int, str] = {}

    def visit(body: Sequence[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1):
                    names[line] = f"{module}:{prefix}{node.name}"

    tree = ast.parse(path.read_text())
    visit(tree.body, "")
    lines = range(1, max((node.end_lineno or 0 for node in tree.body), default=0) + 1)
    return {line: names.get(line, f"{module}:{MODULE_LEVEL}") for line in lines}


def module_of(path: Path) -> str:
    """Return the dotted name of a file of the layer."""
    parts = path.resolve().relative_to(LAYER).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
