"""Careless changes of a statement: it is left out, its branch is always or never taken, an error is not caught."""

import ast
from collections.abc import Iterator

from .changed_expressions import Changed, taken, with_field
from .syntax import Tree


def changed_statements(node: ast.AST, tree: Tree) -> Iterator[Changed]:
    """List the changes of one statement, or of a case or handler, without those of its parts."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            for kind, decided in taken(test):
                if not (isinstance(node, ast.While) and kind == "take always"):
                    yield kind, test, with_field(node, "test", decided)
        case ast.match_case(guard=ast.expr() as guard):
            yield "take always", guard, with_field(node, "guard", None)
        case ast.Try():
            yield from _of_try(node)
        case ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Break() | ast.Continue():
            yield "drop statement", node, ast.Pass()
        case ast.Expr(value=ast.Call()):
            yield "drop statement", node, ast.Pass()
        case ast.Return() if not _is_last(node, tree):
            yield "drop statement", node, ast.Pass()
        case ast.Assign(targets=[target]) if _is_dispensable(target, node, tree):
            yield "drop statement", node, ast.Pass()


def _of_try(node: ast.Try) -> Iterator[Changed]:
    """Leave out each handler, and the block that always runs."""
    for handler in node.handlers:
        rest = [one for one in node.handlers if one is not handler]
        if rest or node.finalbody:
            yield "drop handler", handler, with_field(node, "handlers", rest)
        else:
            yield "drop handler", handler, ast.If(ast.Constant(value=True), [*node.body, *node.orelse], [])
    if node.finalbody and node.handlers:
        yield "drop finally", node.finalbody[0], with_field(node, "finalbody", [])
    elif node.finalbody:
        yield "drop finally", node.finalbody[0], ast.If(ast.Constant(value=True), node.body, [])


def _is_last(node: ast.Return, tree: Tree) -> bool:
    """Tell whether the function ends with this statement, or returns nothing as its end does."""
    parent = tree.parents[node]
    if isinstance(parent, ast.FunctionDef):
        return parent.body[-1] is node
    returns_nothing = node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
    return returns_nothing and _leads_to_end(node, tree)


def _leads_to_end(node: ast.AST, tree: Tree) -> bool:
    """Tell whether the function's end follows the statement."""
    for outer in tree.enclosing(node):
        if isinstance(outer, ast.For | ast.While):
            return False
        blocks = [value for _, value in ast.iter_fields(outer) if isinstance(value, list)]
        block = next(block for block in blocks if any(one is node for one in block))
        if block[-1] is not node and not isinstance(node, ast.ExceptHandler | ast.match_case):
            return False
        if isinstance(outer, ast.FunctionDef):
            return True
        node = outer
    return False


def _is_dispensable(target: ast.expr, node: ast.Assign, tree: Tree) -> bool:
    """Tell whether the code can run without the assignment: it sets a part of something, or a name anew."""
    if isinstance(target, ast.Attribute | ast.Subscript):
        return True
    function = next((outer for outer in tree.enclosing(node) if isinstance(outer, ast.FunctionDef)), None)
    if function is None or not isinstance(target, ast.Name):
        return False
    return any(
        (isinstance(part, ast.arg) and part.arg == target.id)
        or (
            isinstance(part, ast.Name)
            and part.id == target.id
            and isinstance(part.ctx, ast.Store)
            and part is not target
        )
        for part in ast.walk(function)
    )
