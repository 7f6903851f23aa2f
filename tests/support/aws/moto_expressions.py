"""moto's expressions, evaluated as DynamoDB does, and without what takes moto most of its time."""

import functools
from typing import Any

from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser, Func, Op, OpEqual, Operand
from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]
    DepthFirstTraverser,
    Expression,
    Node,
    UpdateExpressionAddAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionFunction,
    UpdateExpressionRemoveAction,
    UpdateExpressionSetAction,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import (
    ActionCountValidator,
    EmptyStringKeyValueValidator,
    OverlappingPathsValidator,
    TypeMismatchValidator,
    UpdateHashRangeKeyValidator,
)

_KNOWN_EXPRESSIONS = 1000


def _is_equal(comparison: OpEqual, item: Any) -> bool:  # noqa: ANN401 - moto's own row
    # moto finds a missing attribute equal to NULL, and DynamoDB to nothing.
    left = comparison.lhs.expr(item)
    return left is not None and left == comparison.rhs.expr(item)


OpEqual.expr = _is_equal  # type: ignore[method-assign, assignment]


@functools.cache
def _is_a(kind: type, kinds: type | tuple[type, ...]) -> bool:
    return issubclass(kind, kinds)


def _processors(traverser: DepthFirstTraverser) -> dict[Any, Any]:
    # moto makes this map anew for each node of an expression.
    known: dict[Any, Any] | None = vars(traverser).get("processors")
    if known is None:
        known = traverser.processors = traverser._processing_map()
    return known


def _process_node(traverser: DepthFirstTraverser, node: Node) -> Any:  # noqa: ANN401 - moto's own node
    return next(process(node) for kind, process in _processors(traverser).items() if _is_a(node.__class__, kind))


DepthFirstTraverser.process = _process_node


_WITH_CLAUSES: Any = (Expression, UpdateExpressionFunction)


def _find_clauses(node: Node, kinds: list[type[Node]]) -> list[Node]:
    clauses: list[Node] = []
    child: Any
    for child in node.children or ():
        if child.__class__ in kinds:
            clauses.append(child)
        elif _is_a(child.__class__, _WITH_CLAUSES):
            clauses.extend(_find_clauses(child, kinds))
    return clauses


Node.find_clauses = _find_clauses

_SHALLOW = (EmptyStringKeyValueValidator, TypeMismatchValidator, UpdateHashRangeKeyValidator)
"""What these look for contains nothing else that they look for."""
_ACTIONS = (
    UpdateExpressionSetAction,
    UpdateExpressionRemoveAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionAddAction,
)
"""Only before a child of these does a traverser do something."""


def _traverse(traverser: DepthFirstTraverser, node: Any) -> Any:  # noqa: ANN401 - a node or a leaf
    # moto calls `isinstance` for each node and leaf, which is slow for its abstract classes.
    prepares = type(traverser).pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child
    return _process(traverser, node, -1, tuple(_processors(traverser)), prepares)


def _process(
    traverser: DepthFirstTraverser,
    node: Any,  # noqa: ANN401 - a node or a leaf
    child_id: int,
    kinds: tuple[type[Node], ...],
    prepares: bool,
) -> Any:  # noqa: ANN401
    parent, is_wanted = node.parent, _is_a(node.__class__, kinds)
    children = () if is_wanted and isinstance(traverser, _SHALLOW) else node.children or ()
    for index, child in enumerate(children):
        if prepares and _is_a(node.__class__, _ACTIONS):
            traverser.pre_processing_of_child(node, index)
        if _is_a(child.__class__, Node):
            _process(traverser, child, index, kinds, prepares)
    if is_wanted:
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


DepthFirstTraverser.traverse = _traverse

# moto repeats this for each nested part of an expression, though the whole contains what its parts contain.
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

_make = UpdateExpressionParser.make


@functools.lru_cache(_KNOWN_EXPRESSIONS)
def _parse_update(expression: str) -> Any:  # noqa: ANN401 - moto's own tree
    # moto parses an expression once to check it and once to use it. What uses it makes a copy of it first.
    return ActionCountValidator().verify_action_counts(_make(expression))


UpdateExpressionParser.make = _parse_update
ActionCountValidator.traverse = lambda _, expression: expression

_parse = ConditionExpressionParser.parse


class _SyntaxParser(ConditionExpressionParser):
    """Parse a condition, and leave out its values."""

    def _make_op_condition(self, node: ConditionExpressionParser.Node) -> Any:  # noqa: ANN401
        return node


@functools.lru_cache(_KNOWN_EXPRESSIONS)
def _parse_syntax(
    expression: str, names: frozenset[tuple[str, str]], values: frozenset[str]
) -> tuple[ConditionExpressionParser.Node, list[str], list[str]]:
    parser = _SyntaxParser(expression, dict(names), {name: {"NULL": "left out"} for name in values})
    syntax: Any = _parse(parser)
    return syntax, parser.expr_attr_names_found, parser.expr_attr_values_found


def _known_condition(self: ConditionExpressionParser) -> Op | Func:
    # moto tries each production at each token, two or three times for each condition.
    if isinstance(self, _SyntaxParser) or not self.condition_expression:
        return _parse(self)
    names = frozenset((self.expression_attribute_names or {}).items())
    values = frozenset(self.expression_attribute_values or ())
    syntax, names_found, values_found = _parse_syntax(self.condition_expression, names, values)
    self.expr_attr_names_found.extend(names_found)
    self.expr_attr_values_found.extend(values_found)
    return self._make_op_condition(syntax)


ConditionExpressionParser.parse = _known_condition  # type: ignore[method-assign]

_make_operand = ConditionExpressionParser._make_operand


def _operand(self: ConditionExpressionParser, node: ConditionExpressionParser.Node) -> Operand:
    if node.kind == self.Kind.EXPRESSION_ATTRIBUTE_VALUE:
        return AttributeValue((self.expression_attribute_values or {})[node.text])
    return _make_operand(self, node)


ConditionExpressionParser._make_operand = _operand  # type: ignore[method-assign]
