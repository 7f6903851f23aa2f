"""Each operator changes one thing, and a change is tried where its code runs."""

import ast
import textwrap

import pytest

from .changed_expressions import changed_expressions
from .places import noticing_tests, running_function
from .recording import Record
from .small_changes import SmallChange, small_changes
from .syntax import MODULE_LEVEL, Tree
from .template_numbers import changed_numbers


def _changes(source: str) -> list[SmallChange]:
    return list(small_changes(Tree("tidings.example", textwrap.dedent(source))))


def _changed(source: str) -> set[tuple[str, str]]:
    """Return the changes of one expression, each with the code that takes its place."""
    return {(change.kind, ast.unparse(change.new)) for change in _changes(source)}


@pytest.mark.parametrize(
    ("source", "kind", "changed"),
    [
        ("a < b", "swap comparison", "a <= b"),
        ("a < b", "negate comparison", "a >= b"),
        ("a < b < c", "swap comparison", "a < b <= c"),
        ("a is None", "swap comparison", "a is not None"),
        ("a and b", "drop operand", "a"),
        ("a or b or c", "drop operand", "a or c"),
        ("min(a, b)", "drop candidate", "b"),
        ("max(a, key=f)", "drop argument", "max(a)"),
        ("max(a)", "swap call", "min(a)"),
        ("any(a)", "swap call", "all(a)"),
        ("sorted(a)", "drop call", "a"),
        ("a + b", "swap sign", "a - b"),
        ("a * b", "swap operator", "a / b"),
        ("-a", "drop sign", "a"),
        ("not a", "drop not", "a"),
        ("f(7)", "raise constant", "8"),
        ("f(7)", "lower constant", "6"),
        ("f(3600)", "raise constant", "7200"),
        ("f(0.5)", "lower constant", "0.25"),
        ("f(0.0)", "raise constant", "1.0"),
        ("f(0.0)", "lower constant", "-1.0"),
        ("f('0.005')", "raise constant", "'0.010'"),
        ("f('name')", "lengthen text", "'nameX'"),
        ("f(True)", "negate constant", "False"),
        ("f(a=1)", "drop argument", "f()"),
        ("a.get(b, c)", "drop default", "a.get(b)"),
        ("next(a, None)", "drop default", "next(a)"),
        ("a[1:]", "drop bound", "a[:]"),
        ("a[1]", "raise constant", "2"),
        ("[a for a in b if a]", "drop filter", "[a for a in b]"),
        ("a if b else c", "take always", "a if True else c"),
        ("a if b else c", "take never", "a if False else c"),
        ("[a, b]", "drop element", "[b]"),
    ],
)
def test_expression_has_change(source: str, kind: str, changed: str) -> None:
    assert (kind, changed) in _changed(source)


@pytest.mark.parametrize(
    "source",
    ["import a", "x: list[3]", "x = 'a message for people'", "f'{a} of 7'", '"""A docstring."""', "A = {'US': 'USD'}"],
)
def test_names_and_texts_for_people_stay(source: str) -> None:
    assert not _changes(source)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("if a: f()", "take always"),
        ("if a: f()", "take never"),
        ("while a: f()", "take never"),
        ("a.b = c", "drop statement"),
        ("a = 'one text'\nraise a", "drop statement"),
        ("try:\n  f()\nexcept E: g()", "drop handler"),
        ("try:\n  f()\nfinally: g()", "drop finally"),
        ("match a:\n  case b if c: f()", "take always"),
    ],
)
def test_statement_has_change(source: str, kind: str) -> None:
    changes = [change for change in _changes(source) if change.kind == kind]
    assert changes
    assert all(ast.parse(change.applied()) for change in changes)


def test_branch_of_and_is_not_taken_always() -> None:
    """Each of its operands is left out, which includes that."""
    kinds = {change.kind for change in _changes("if a and b: f()")}
    assert "take never" in kinds
    assert "take always" not in kinds


def test_last_return_stays() -> None:
    changes = _changes("def f(a):\n  if a:\n    return a\n  return b")
    assert [change.line for change in changes if change.kind == "drop statement"] == [3]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("try:\n    g(a)\n  except E:\n    return None", 0),
        ("if a:\n    return", 0),
        ("if a:\n    return\n  g(a)", 1),
        ("for b in a:\n    return", 1),
        ("try:\n    return None\n  except E:\n    g(a)", 0),
    ],
)
def test_return_of_nothing_at_end_stays(body: str, count: int) -> None:
    changes = _changes(f"def f(a):\n  {body}")
    assert len([one for one in changes if one.kind == "drop statement" and isinstance(one.old, ast.Return)]) == count


def test_only_repeated_assignment_is_left_out() -> None:
    once, twice = "def f(a):\n  b = a\n  return b", "def f(a):\n  a = g(a)\n  return a"
    assert [len([one for one in _changes(source) if one.kind == "drop statement"]) for source in (once, twice)] == [
        0,
        1,
    ]


PLACES = """
    LIMIT = 7

    class Row:
        name = f(7)

        def read(self, most=7):
            return [one for one in self if one < 7]
"""


def test_defaults_and_class_bodies_run_at_import() -> None:
    places = {change.line: running_function(change) for change in _changes(PLACES) if change.kind == "raise constant"}
    assert places == {2: MODULE_LEVEL, 5: MODULE_LEVEL, 7: MODULE_LEVEL, 8: "Row.read"}


def test_most_specific_tests_run_first() -> None:
    record = Record(
        seconds={"wide": 0.1, "narrow": 0.1, "slow": 9.0, "other": 0.1},
        functions={
            "wide": {"tidings.example:Row.read", "tidings.model:f", "tidings.model:g"},
            "narrow": {"tidings.example:Row.read", "tidings.model:f"},
            "slow": {"tidings.example:Row.read"},
            "other": {"tidings.model:f"},
        },
    )
    change = next(change for change in _changes(PLACES) if change.line == 8)
    assert noticing_tests(change, record) == ["narrow", "wide", "slow"]


def test_changes_of_one_expression_keep_its_parts() -> None:
    tree = Tree("tidings.example", "f(a < b)")
    call = tree.root.body[0].value  # type: ignore[attr-defined]
    assert list(changed_expressions(call, tree)) == []


def test_numbers_of_template_are_addressed_by_path() -> None:
    text = "Resources:\n  Queue:\n    Properties: {VisibilityTimeout: 360}\n  A: &A {Timeout: 3}\n"
    changes = list(changed_numbers(text))
    assert [change.name for change in changes] == [
        "Resources.Queue.Properties.VisibilityTimeout: 360 -> 180",
        "Resources.A.Timeout: 3 -> 6",
        "Resources.A.Timeout: 3 -> 1",
    ], "it may be raised"
    assert "{VisibilityTimeout: 180}" in changes[0].applied(text)
