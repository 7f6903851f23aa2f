"""Careless changes of an expression: a comparison, a condition, arithmetic, a constant, an operand or an argument."""

import ast
import copy
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from .syntax import Tree

Changed = tuple[str, ast.AST, ast.AST]
"""Its kind, its site and the new node."""

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
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}
_CALLED = {
    "min": "max",
    "max": "min",
    "exists": "does_not_exist",
    "does_not_exist": "exists",
    "any": "all",
    "all": "any",
}
_WRITES = frozenset({"update", "save", "delete"})
_NOT_CHANGED = frozenset({"strict"})
"""Keyword arguments that only assert what holds anyway."""
_ONE_BY_ONE = 100
"""Greater numbers are multiplied and divided by two: no test has to know a limit of minutes to the second."""
_COLLECTIONS = (ast.Dict, ast.Set, ast.List, ast.Tuple)


def changed_expressions(node: ast.expr, tree: Tree) -> Iterator[Changed]:
    """List the changes of one expression, without those of its parts."""
    match node:
        case ast.Constant() if not _is_assertion(tree.parents[node]):
            yield from _of_constant(node, tree)
        case ast.BinOp():
            yield from _of_arithmetic(node)
        case ast.BoolOp(values=values):
            for dropped, kept in _without_each(values):
                yield "drop operand", dropped, kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
        case ast.List(elts=elts) | ast.Tuple(elts=elts) if _is_changeable(node, tree):
            for dropped, kept in _without_each(elts):
                yield "drop element", dropped, with_field(node, "elts", kept)
        case ast.Call():
            yield from _of_call(node)
        case ast.Subscript(slice=ast.Slice() as bounds):
            yield from _of_slice(node, bounds)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield from _of_loops(node, node.generators)
        case _:
            yield from _of_question(node)


def taken(test: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    """Decide a branch always, and never. A kind that another change of the same test includes is left out."""
    includes = ast.And if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else None
    if includes is None:
        yield "take always", ast.Constant(value=True)
    if not (isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or)):
        yield "take never", ast.Constant(value=False)


def with_field(node: ast.AST, field: str, value: object) -> ast.AST:
    """Return a copy of the node that differs in one field."""
    changed = copy.copy(node)
    setattr(changed, field, value)
    return changed


def _of_constant(node: ast.Constant, tree: Tree) -> Iterator[Changed]:
    """Texts with spaces are messages for people and stay."""
    value = node.value
    if isinstance(value, bool):
        yield "negate constant", node, ast.Constant(not value)
    elif isinstance(value, int) and abs(value) <= _ONE_BY_ONE:
        yield "raise constant", node, ast.Constant(value + 1)
        yield "lower constant", node, ast.Constant(value - 1)
    elif isinstance(value, int | float):
        yield "raise constant", node, ast.Constant(value * 2 or 1.0)
        yield "lower constant", node, ast.Constant(value // 2 if isinstance(value, int) else value / 2 or -1.0)
    elif isinstance(value, str) and value and " " not in value and not _is_in_table(node, tree):
        number = _number(value)
        if number is None:
            yield "lengthen text", node, ast.Constant(f"{value}X")
        else:
            yield "raise constant", node, ast.Constant(str(number * 2 or 1))
            yield "lower constant", node, ast.Constant(str(number / 2 or -1))


def _is_assertion(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg in _NOT_CHANGED


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_in_table(node: ast.AST, tree: Tree) -> bool:
    """Tell whether a text is data: part of a collection outside of functions."""
    return _is_outside(node, tree) and any(isinstance(outer, _COLLECTIONS) for outer in tree.enclosing(node))


def _is_outside(node: ast.AST, tree: Tree) -> bool:
    return not any(isinstance(outer, ast.FunctionDef | ast.Lambda) for outer in tree.enclosing(node))


def _is_changeable(node: ast.List | ast.Tuple, tree: Tree) -> bool:
    """Tell whether a collection has elements to leave out, and is no table of data."""
    is_data = all(isinstance(part, (ast.Constant, ast.expr_context, *_COLLECTIONS)) for part in ast.walk(node))
    return len(node.elts) > 1 and isinstance(node.ctx, ast.Load) and not (is_data and _is_outside(node, tree))


def _of_arithmetic(node: ast.BinOp) -> Iterator[Changed]:
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield "drop operand", node.right, node.left
        yield "drop operand", node.left, node.right
    elif isinstance(node.op, ast.Add | ast.Sub):
        yield "swap sign", node, ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
    elif type(node.op) in _ARITHMETIC:
        yield "swap operator", node, ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)


def _of_question(node: ast.expr) -> Iterator[Changed]:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "drop not", node, operand
        case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
            yield "drop sign", node, operand
        case ast.Compare(ops=ops):
            for number, op in enumerate(ops):
                yield "swap comparison", node, _compared(node, number, _COMPARED[type(op)]())
                if type(op) in _OPPOSITE:
                    yield "negate comparison", node, _compared(node, number, _OPPOSITE[type(op)]())
        case ast.IfExp(test=test):
            for kind, decided in taken(test):
                yield kind, test, with_field(node, "test", decided)


def _of_slice(node: ast.Subscript, bounds: ast.Slice) -> Iterator[Changed]:
    """Leave out each bound."""
    if bounds.lower is not None:
        yield "drop bound", bounds.lower, with_field(node, "slice", ast.Slice(None, bounds.upper, bounds.step))
    if bounds.upper is not None:
        yield "drop bound", bounds.upper, with_field(node, "slice", ast.Slice(bounds.lower, None, bounds.step))


def _compared(node: ast.Compare, number: int, op: ast.cmpop) -> ast.AST:
    return with_field(node, "ops", [*node.ops[:number], op, *node.ops[number + 1 :]])


def _of_loops(node: ast.expr, loops: list[ast.comprehension]) -> Iterator[Changed]:
    """Leave out each filter of a comprehension."""
    for number, loop in enumerate(loops):
        for dropped, kept in _without_each(loop.ifs):
            changed = ast.comprehension(loop.target, loop.iter, kept, loop.is_async)
            yield (
                "drop filter",
                dropped,
                with_field(node, "generators", [*loops[:number], changed, *loops[number + 1 :]]),
            )


def _of_call(node: ast.Call) -> Iterator[Changed]:
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg not in _NOT_CHANGED:
            rest = [one for one in node.keywords if one is not keyword]
            yield "drop argument", keyword, with_field(node, "keywords", rest)
    match node.func:
        case ast.Attribute(attr=attr) if attr in _CALLED:
            yield "swap call", node, with_field(node, "func", with_field(node.func, "attr", _CALLED[attr]))
        case ast.Name(id=name) if name in _CALLED:
            yield "swap call", node, with_field(node, "func", ast.Name(_CALLED[name], ast.Load()))
        case ast.Name(id="abs" | "sorted" | "reversed") if node.args:
            yield "drop call", node, node.args[0]
    yield from _of_positions(node)


def _of_positions(node: ast.Call) -> Iterator[Changed]:
    """Leave out what a call can do without: one of several candidates, a default, a write's condition."""
    match node.func:
        case ast.Name(id="min" | "max") if len(node.args) > 1:
            for dropped, kept in _without_each(node.args):
                yield "drop candidate", dropped, kept[0] if len(kept) == 1 else with_field(node, "args", kept)
        case ast.Name(id="next") | ast.Attribute(attr="get" | "pop") if len(node.args) > 1:
            yield "drop default", node.args[-1], with_field(node, "args", node.args[:-1])
        case ast.Name(id="getattr") if len(node.args) > 2:
            yield "drop default", node.args[-1], with_field(node, "args", node.args[:-1])
        case ast.Attribute(attr=attr) if attr in _WRITES and (
            len(node.args) > 1 or (attr == "save" and node.args and isinstance(node.args[0], ast.Call))
        ):
            yield "drop argument", node.args[-1], with_field(node, "args", node.args[:-1])  # without its condition


def _without_each(parts: list[ast.expr]) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    for number, dropped in enumerate(parts):
        yield dropped, parts[:number] + parts[number + 1 :]
