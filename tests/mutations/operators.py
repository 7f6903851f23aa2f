"""Small changes to a module's source, each of which some test must notice."""

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

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
_NAMED = {
    "min": "max",
    "max": "min",
    "exists": "does_not_exist",
    "does_not_exist": "exists",
    "any": "all",
    "all": "any",
}
_CONDITIONS = frozenset({"condition", "consistent_read", "consistent"})


class Mutant(NamedTuple):
    """`old` and `new`: the code that differs. With the function they name the mutant, wherever its line moves to."""

    path: str
    function: str
    line: int
    old: str
    new: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.path}, {self.function}: `{self.old}` -> `{self.new}`"


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    for function, node in _nodes(ast.parse(source)):
        for changed in _changes(node):
            old, new = ast.unparse(node), ast.unparse(changed)
            yield Mutant(path, function, node.lineno, old, new, _replaced(lines, node, new))


def _nodes(tree: ast.Module) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    """All code but annotations and docstrings, with the function or class that it stands in."""

    def inside(node: ast.AST, name: str) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
        for child in ast.iter_child_nodes(node):
            if _is_no_code(node, child):
                continue
            named = isinstance(child, ast.FunctionDef | ast.ClassDef)
            below = f"{name}.{child.name}".lstrip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else name
            if isinstance(child, ast.expr | ast.stmt) and not named:
                yield name or "module", child
            yield from inside(child, below)

    yield from inside(tree, "")


def _is_no_code(parent: ast.AST, child: ast.AST) -> bool:
    if isinstance(parent, ast.AnnAssign | ast.arg) and child is parent.annotation:
        return True
    if isinstance(parent, ast.FunctionDef) and child in {parent.returns, *parent.decorator_list}:
        return True
    docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
    return docstring or isinstance(child, ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Subscript)


def _changes(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        yield from _of_constant(node.value)
    elif isinstance(node, ast.expr):
        yield from _of_expression(node)
    elif isinstance(node, ast.AugAssign | ast.Raise) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield ast.Pass()
    elif isinstance(node, ast.If) and not node.orelse and not isinstance(node.test, ast.UnaryOp | ast.Compare):
        yield _with(node, "test", ast.UnaryOp(ast.Not(), node.test))


def _of_constant(value: object) -> Iterator[ast.AST]:
    """Messages for people aside."""
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, str) and value and " " not in value:
        yield ast.Constant(f"{value}X")


def _of_expression(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr(), right=right):
            yield from (left, right)
        case ast.BinOp(op=ast.Add()):
            yield ast.BinOp(node.left, ast.Sub(), node.right)
        case ast.BinOp(op=ast.Sub()):
            yield ast.BinOp(node.left, ast.Add(), node.right)
        case ast.BoolOp(values=values):
            for kept in _without_each(values):
                yield kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
        case ast.List(elts=elts) | ast.Tuple(elts=elts) if len(elts) > 1 and isinstance(node.ctx, ast.Load):
            for kept in _without_each(elts):
                yield _with(node, "elts", kept)
        case ast.Call():
            yield from _of_call(node)
        case _:
            yield from _of_question(node)


def _of_question(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield _with(node, "ops", [_COMPARED[type(op)]()])
        case ast.IfExp(test=test):
            yield _with(node, "test", ast.UnaryOp(ast.Not(), test))


def _without_each(parts: list[ast.expr]) -> Iterator[list[ast.expr]]:
    for dropped in range(len(parts)):
        yield [one for number, one in enumerate(parts) if number != dropped]


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    for keyword in node.keywords:
        if keyword.arg in _CONDITIONS:
            yield _with(node, "keywords", [one for one in node.keywords if one is not keyword])
    match node.func:
        case ast.Attribute(attr=attr) if attr in _NAMED:
            yield _with(node, "func", _with(node.func, "attr", _NAMED[attr]))
        case ast.Name(id=name) if name in _NAMED:
            yield _with(node, "func", ast.Name(_NAMED[name], ast.Load()))
        case ast.Attribute(attr="update" | "save" | "delete") if len(node.args) > 1 or (
            node.func.attr == "save" and node.args and isinstance(node.args[0], ast.Call)
        ):
            yield _with(node, "args", node.args[:-1])  # without its condition


def _with(node: ast.expr | ast.stmt, field: str, value: object) -> ast.AST:
    changed = copy.copy(node)
    setattr(changed, field, value)
    return changed


def _replaced(lines: list[bytes], node: ast.expr | ast.stmt, new: str) -> str:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    if isinstance(node, ast.stmt):
        indented = new.replace("\n", "\n" + " " * node.col_offset)
        return (before + indented.encode() + after).decode()
    return (before + b"(" + new.encode() + b")" + after).decode()
