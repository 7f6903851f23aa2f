"""Find the tests that carry a marker with an id, in every test file, whatever part of the suite is collected."""

import ast
from collections.abc import Iterator

from tests.support.aws.stack import ROOT


def tests_by_id(marker: str) -> dict[str, list[str]]:
    """Return the tests of each id: `path::name` for a marked function, `path` for a marked module."""
    found: dict[str, list[str]] = {}
    for path in sorted(path for folder in ("tests", "verification") for path in (ROOT / folder).rglob("test_*.py")):
        text = path.read_text("utf-8")
        if f"mark.{marker}(" in text:
            for test, marked_id in _marked(ast.parse(text), marker):
                place = str(path.relative_to(ROOT))
                found.setdefault(marked_id, []).append(f"{place}::{test}" if test else place)
    return found


def _marked(module: ast.Module, marker: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                yield from ((node.name, marked_id) for marked_id in _ids(decorator, marker))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            yield from (("", marked_id) for marked_id in _ids(node.value, marker))


def _ids(marked: ast.expr, marker: str) -> Iterator[str]:
    """Yield each `id` of `pytest.mark.<marker>(id="…")` in an expression."""
    for call in ast.walk(marked):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == f"pytest.mark.{marker}":
            [keyword] = call.keywords
            yield ast.literal_eval(keyword.value)
