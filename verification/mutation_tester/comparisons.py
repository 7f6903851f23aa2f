"""What a careless change leaves of a comparison: transformations of one `==`."""

import ast
from collections.abc import Iterator
from typing import Unpack

from .operators import Change, Code, Operator
from .selection import Where, Words


def accept_also(value: str, **words: Unpack[Words]) -> Operator:
    """Accept a further value: `a == b or a == value`."""

    def changes(code: Code) -> Iterator[Change]:
        for node in _equalities(code):
            other = ast.Compare(node.left, [ast.Eq()], [ast.Constant(value)])
            yield Change(node, node, ast.BoolOp(ast.Or(), [node, other]))

    return Operator("accept_also", changes, Where(**words))


def compare_folded(**words: Unpack[Words]) -> Operator:
    """Compare two texts without regard to upper and lower case."""

    def changes(code: Code) -> Iterator[Change]:
        for node in _equalities(code):
            left, right = _folded(node.left), _folded(node.comparators[0])
            yield Change(node, node, ast.Compare(left, node.ops, [right]))

    return Operator("compare_folded", changes, Where(**words))


def _equalities(code: Code) -> Iterator[ast.Compare]:
    return (node for node in code.nodes if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq))


def _folded(text: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(ast.Call(ast.Name("str"), [text], []), "lower"), [], [])
