"""An address leads to one node, whatever the code's layout and its local names are."""

import ast
import textwrap
from functools import cache

import pytest

from .equivalent import EQUIVALENT
from .listed import LISTED
from .mutation import Mutation
from .named_tests import file_of
from .operators import Operator, always, drop_argument, drop_operand, never, split_transaction
from .small_changes import small_changes
from .syntax import AddressError, Tree, path_of, tree_of
from .systematic import equivalent_changes

SOURCE = """
    def claim(now, mine):
        free = Row.retry_at.does_not_exist() | (Row.retry_at <= now) | (Row.claim_id == mine)
        if now > 5:
            write(lambda: row.update(actions, free))
        transact(build)
"""


def _applied(operator: Operator, source: str = SOURCE, function: str = "claim") -> str:
    return operator.applied(Tree("tidings.example", textwrap.dedent(source)), function)


def test_drop_operand_selects_innermost_operand() -> None:
    assert "free = Row.retry_at.does_not_exist() | (Row.claim_id == mine)" in _applied(
        drop_operand(attribute="retry_at", compare="<=")
    )


def test_always_keeps_the_condition_and_its_opposite() -> None:
    assert "Row.claim_id == mine) | ~(" in _applied(always(attribute="claim_id"))


def test_drop_argument_selects_by_position() -> None:
    assert "row.update(actions))" in _applied(drop_argument(of="update", nth=1))


def test_split_transaction_brings_its_code_along() -> None:
    assert "_one_by_one(transact, build, False)" in _applied(split_transaction())


@pytest.mark.parametrize(
    ("operator", "places"),
    [(drop_operand(attribute="retry_at"), 2), (drop_operand(attribute="gone"), 0), (never(compare="<"), 0)],
)
def test_address_requires_exactly_one_node(operator: Operator, places: int) -> None:
    with pytest.raises(AddressError, match=f"in tidings.example, claim: {places} places match"):
        _applied(operator)


def test_address_requires_its_function() -> None:
    with pytest.raises(AddressError, match="has no function release"):
        _applied(never(), function="release")


def test_address_requires_its_module() -> None:
    with pytest.raises(AddressError, match=r"no module tidings\.elsewhere"):
        path_of("tidings.elsewhere")


def test_test_name_must_be_unique() -> None:
    with pytest.raises(ValueError, match="must name one test, and names 0"):
        file_of("test_that_nobody_wrote")


@pytest.mark.parametrize("mutation", LISTED, ids=lambda mutation: mutation.name)
def test_address_survives_renamed_local_variables(mutation: Mutation) -> None:
    assert ast.parse(mutation.operator.applied(_renamed(mutation.module), mutation.function))


def test_equivalent_changes_survive_renamed_local_variables() -> None:
    for module in {one.module for one in EQUIVALENT}:
        assert equivalent_changes(module, list(small_changes(_renamed(module))))


@cache
def _renamed(module: str) -> Tree:
    root = ast.parse(ast.unparse(tree_of(module).root))
    return Tree(module, ast.unparse(_RenamedLocals().visit(root)))


class _RenamedLocals(ast.NodeTransformer):
    """Renames every parameter and every variable that a function assigns."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outer = self._names
        self._names = outer | {
            part.arg if isinstance(part, ast.arg) else part.id
            for part in ast.walk(node)
            if isinstance(part, ast.arg) or (isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
        }
        self.generic_visit(node)
        self._names = outer
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = f"renamed_{node.arg}"
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._names:
            node.id = f"renamed_{node.id}"
        return node
