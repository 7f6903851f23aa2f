"""moto's expressions, evaluated as DynamoDB does, and without what takes moto most of its time."""

import functools
from collections import deque
from collections.abc import Iterable
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser, Func, Op, OpEqual
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node  # type: ignore[attr-defined]
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator

_KNOWN_EXPRESSIONS = 1000
_RECENT_CONDITIONS = 256
"""A transaction has at most 100 conditions, and moto parses each of them two or three times."""


def _is_equal(comparison: OpEqual, item: Any) -> bool:  # noqa: ANN401 - moto's own row
    # moto finds a missing attribute equal to NULL, and DynamoDB to nothing.
    left = comparison.lhs.expr(item)
    return left is not None and left == comparison.rhs.expr(item)


OpEqual.expr = _is_equal  # type: ignore[method-assign, assignment]


def _node_types(traverser: DepthFirstTraverser) -> tuple[type[Node], ...]:
    # moto makes the map of processors anew for each node of an expression.
    known: tuple[type[Node], ...] | None = vars(traverser).get("node_types")
    if known is None:
        known = traverser.node_types = tuple(traverser._processing_map())
    return known


DepthFirstTraverser.nodes_to_be_processed = _node_types


@functools.cache
def _is_a(kind: type, kinds: type | tuple[type, ...]) -> bool:
    return issubclass(kind, kinds)


def _traverse(traverser: DepthFirstTraverser, node: Any) -> Any:  # noqa: ANN401 - a node or a leaf
    # moto calls `isinstance` for each node and leaf, which is slow for its abstract classes.
    prepares = type(traverser).pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child
    return _process(traverser, node, -1, traverser.nodes_to_be_processed(), prepares)


def _process(
    traverser: DepthFirstTraverser,
    node: Any,  # noqa: ANN401 - a node or a leaf
    child_id: int,
    kinds: tuple[type[Node], ...],
    prepares: bool,
) -> Any:  # noqa: ANN401
    parent = node.parent
    for index, child in enumerate(node.children or ()):
        if prepares:
            traverser.pre_processing_of_child(node, index)
        if _is_a(child.__class__, Node):
            _process(traverser, child, index, kinds, prepares)
    if _is_a(node.__class__, kinds):
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


DepthFirstTraverser.traverse = _traverse

# moto repeats these for each nested part of an expression, though the whole contains what its parts contain.
ActionCountValidator.traverse = ActionCountValidator.verify_action_counts
OverlappingPathsValidator.traverse = OverlappingPathsValidator.check_for_overlapping_paths


def _copy(node: Any, _: object = None) -> Any:  # noqa: ANN401 - a node or a leaf
    # `deepcopy` takes ten times as long. A leaf of what the parser returns is a text or a number.
    if not _is_a(node.__class__, Node):
        return node
    copied = object.__new__(node.__class__)
    vars(copied).update(vars(node))
    if node.children is not None:
        copied.children = [_copy(child) for child in node.children]
        for child in copied.children:
            if _is_a(child.__class__, Node):
                child.parent = copied
    return copied


Node.__deepcopy__ = _copy

# moto parses an expression once to check it and once to use it. What uses it makes a copy of it first.
UpdateExpressionParser.make = functools.lru_cache(_KNOWN_EXPRESSIONS)(UpdateExpressionParser.make)

_lex = ConditionExpressionParser._lex_condition_expression
_parse = ConditionExpressionParser.parse


@functools.lru_cache(_KNOWN_EXPRESSIONS)
def _tokens(expression: str) -> tuple[ConditionExpressionParser.Node, ...]:
    return tuple(_lex(ConditionExpressionParser(expression, None, None)))


def _known_tokens(self: ConditionExpressionParser) -> deque[ConditionExpressionParser.Node]:
    # moto compiles seven patterns for each token.
    return deque(_tokens(self.condition_expression or ""))


ConditionExpressionParser._lex_condition_expression = _known_tokens  # type: ignore[method-assign]


class _Values:
    """The values of an expression, compared by their text."""

    def __init__(self, values: dict[str, Any] | None) -> None:
        self.values = values
        self._text = repr(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Values) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@functools.lru_cache(_RECENT_CONDITIONS)
def _parse_condition(
    expression: str, names: _Values, values: _Values
) -> tuple[Op | Func, Iterable[str], Iterable[str]]:
    parser = ConditionExpressionParser(expression, names.values, values.values)
    return _parse(parser), parser.expr_attr_names_found, parser.expr_attr_values_found


def _known_condition(self: ConditionExpressionParser) -> Op | Func:
    if not self.condition_expression:
        return _parse(self)
    names, values = _Values(self.expression_attribute_names), _Values(self.expression_attribute_values)
    condition, names_found, values_found = _parse_condition(self.condition_expression, names, values)
    self.expr_attr_names_found.extend(names_found)
    self.expr_attr_values_found.extend(values_found)
    return condition


ConditionExpressionParser.parse = _known_condition  # type: ignore[method-assign]
