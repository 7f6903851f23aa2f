"""Find tests by their names, wherever their files are."""

import ast
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from .paths import ROOT, TESTS


def node_id(test: str) -> str:
    """Return the test's id for pytest. Raises ValueError if no test has the name, or several have."""
    return f"{file_of(test)}::{test}"


def file_of(test: str) -> str:
    """Find the file that holds the test, relative to the project."""
    files = _files().get(test, [])
    if len(files) != 1:
        raise ValueError(f"{test} must name one test, and names {len(files)}: {', '.join(files)}")
    return files[0]


def files_of(tests: Iterable[str]) -> list[str]:
    """Find the files that hold the tests."""
    return list(dict.fromkeys(map(file_of, tests)))


@cache
def _files() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    return found
