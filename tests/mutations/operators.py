"""Small changes to a module's source, each of which some test must notice."""

import ast
import copy
from collections.abc import Callable, Iterator
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
    return docstring or isinstance(child, ast.Import | ast.ImportFrom | ast.JoinedStr)


def _changes(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr(), right=right):
            yield from (left, right)
        case ast.BoolOp(values=values):
            for dropped in range(len(values)):
                kept = [one for number, one in enumerate(values) if number != dropped]
                yield kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield _with(node, "ops", [_COMPARED[type(op)]()])
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(value=str(value)) if value:
            yield ast.Constant(f"{value}X")
        case ast.BinOp(op=ast.Add()):
            yield ast.BinOp(node.left, ast.Sub(), node.right)
        case ast.BinOp(op=ast.Sub()):
            yield ast.BinOp(node.left, ast.Add(), node.right)
        case ast.IfExp(test=test):
            yield _with(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.List(elts=elts) | ast.Tuple(elts=elts) if len(elts) > 1 and isinstance(node.ctx, ast.Load):
            for dropped in range(len(elts)):
                yield _with(node, "elts", [one for number, one in enumerate(elts) if number != dropped])
        case ast.Call():
            yield from _of_call(node)
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield ast.Pass()
        case ast.If(test=test, body=body, orelse=[]) if not isinstance(test, ast.UnaryOp | ast.Compare):
            yield _with(node, "test", ast.UnaryOp(ast.Not(), test))


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


Filter = Callable[[Mutant], bool]
