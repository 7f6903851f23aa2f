"""Small changes to a module's source, each of which some test must notice."""

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

from .syntax import MODULE_LEVEL, Tree, is_annotation

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_CALLED = {
    "min": "max",
    "max": "min",
    "exists": "does_not_exist",
    "does_not_exist": "exists",
    "any": "all",
    "all": "any",
}
_CONDITIONS = frozenset({"condition", "consistent_read", "consistent"})


class SmallChange(NamedTuple):
    """`site`: the part of `old` that the change is about, such as the operand that it leaves out."""

    tree: Tree
    function: str
    kind: str
    site: ast.AST
    old: ast.expr | ast.stmt
    new: ast.AST

    @property
    def module(self) -> str:
        return self.tree.module

    @property
    def name(self) -> str:
        """Describe the change for people; it quotes the present code."""
        return f"{self.module}, {self.function}: {self.kind}: `{ast.unparse(self.old)}` -> `{ast.unparse(self.new)}`"

    def applied(self) -> str:
        """Return the module's source after the change."""
        return self.tree.replaced(self.old, self.new)


_Change = tuple[str, ast.AST, ast.AST]
"""Its kind, its site and the new node."""


def small_changes(tree: Tree) -> Iterator[SmallChange]:
    """List every small change of a module."""
    for function, node in _nodes(tree.root):
        for kind, site, new in _changes(node):
            yield SmallChange(tree, function, kind, site, node, new)


def _nodes(root: ast.Module) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    """List all code but annotations and docstrings, with its function or class."""

    def inside(node: ast.AST, name: str) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
        for child in ast.iter_child_nodes(node):
            if is_annotation(node, child) or isinstance(
                child, ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Subscript
            ):
                continue
            named = isinstance(child, ast.FunctionDef | ast.ClassDef)
            below = f"{name}.{child.name}".lstrip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else name
            if isinstance(child, ast.expr | ast.stmt) and not named:
                yield name or MODULE_LEVEL, child
            yield from inside(child, below)

    yield from inside(root, "")


def _changes(node: ast.expr | ast.stmt) -> Iterator[_Change]:
    if isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.expr):
        yield from _of_expression(node)
    elif isinstance(node, ast.AugAssign | ast.Raise) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield "drop statement", node, ast.Pass()
    elif isinstance(node, ast.If) and not node.orelse and not isinstance(node.test, ast.UnaryOp | ast.Compare):
        yield "negate test", node.test, _with(node, "test", ast.UnaryOp(ast.Not(), node.test))


def _of_constant(node: ast.Constant) -> Iterator[_Change]:
    """Texts with spaces are messages for people and stay."""
    value = node.value
    if isinstance(value, bool):
        yield "negate constant", node, ast.Constant(not value)
    elif isinstance(value, int):
        yield "raise constant", node, ast.Constant(value + 1)
        yield "lower constant", node, ast.Constant(value - 1)
    elif isinstance(value, str) and value and " " not in value:
        yield "lengthen text", node, ast.Constant(f"{value}X")


def _of_expression(node: ast.expr) -> Iterator[_Change]:
    match node:
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr(), right=right):
            yield "drop operand", right, left
            yield "drop operand", left, right
        case ast.BinOp(op=ast.Add()):
            yield "swap sign", node, ast.BinOp(node.left, ast.Sub(), node.right)
        case ast.BinOp(op=ast.Sub()):
            yield "swap sign", node, ast.BinOp(node.left, ast.Add(), node.right)
        case ast.BoolOp(values=values):
            for dropped, kept in _without_each(values):
                yield "drop operand", dropped, kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
        case ast.List(elts=elts) | ast.Tuple(elts=elts) if len(elts) > 1 and isinstance(node.ctx, ast.Load):
            for dropped, kept in _without_each(elts):
                yield "drop element", dropped, _with(node, "elts", kept)
        case ast.Call():
            yield from _of_call(node)
        case _:
            yield from _of_question(node)


def _of_question(node: ast.expr) -> Iterator[_Change]:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "drop not", node, operand
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield "swap comparison", node, _with(node, "ops", [_COMPARED[type(op)]()])
        case ast.IfExp(test=test):
            yield "negate test", test, _with(node, "test", ast.UnaryOp(ast.Not(), test))


def _without_each(parts: list[ast.expr]) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    for number, dropped in enumerate(parts):
        yield dropped, parts[:number] + parts[number + 1 :]


def _of_call(node: ast.Call) -> Iterator[_Change]:
    for keyword in node.keywords:
        if keyword.arg in _CONDITIONS:
            rest = [one for one in node.keywords if one is not keyword]
            yield "drop argument", keyword, _with(node, "keywords", rest)
    match node.func:
        case ast.Attribute(attr=attr) if attr in _CALLED:
            yield "swap call", node, _with(node, "func", _with(node.func, "attr", _CALLED[attr]))
        case ast.Name(id=name) if name in _CALLED:
            yield "swap call", node, _with(node, "func", ast.Name(_CALLED[name], ast.Load()))
        case ast.Attribute(attr="update" | "save" | "delete") if len(node.args) > 1 or (
            node.func.attr == "save" and node.args and isinstance(node.args[0], ast.Call)
        ):
            yield "drop argument", node.args[-1], _with(node, "args", node.args[:-1])  # without its condition


def _with(node: ast.expr | ast.stmt, field: str, value: object) -> ast.AST:
    changed = copy.copy(node)
    setattr(changed, field, value)
    return changed
