"""Take apart and rebuild what an operator joins."""

import ast
from functools import reduce

_OPERATORS: dict[type[ast.operator] | type[ast.boolop], str] = {
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.And: "and",
    ast.Or: "or",
    ast.Add: "+",
}


def operands_of(node: ast.AST) -> tuple[str, list[ast.expr]]:
    """Return the operator and all that it joins, such as the three operands of `a & b & c`."""
    match node:
        case ast.BoolOp(op=op, values=values):
            return _OPERATORS[type(op)], values
        case ast.BinOp(op=op) if type(op) in _OPERATORS:
            symbol = _OPERATORS[type(op)]
            left, right = operands_of(node.left), operands_of(node.right)
            return symbol, [
                *(left[1] if left[0] == symbol else [node.left]),
                *(right[1] if right[0] == symbol else [node.right]),
            ]
    return "", []


def joined(node: ast.AST, operands: list[ast.expr]) -> ast.expr:
    """Return the node's operator applied to these operands alone."""
    if len(operands) == 1:
        return operands[0]
    if isinstance(node, ast.BoolOp):
        return ast.BoolOp(node.op, operands)
    assert isinstance(node, ast.BinOp)
    return reduce(lambda left, right: ast.BinOp(left, node.op, right), operands)
