"""The stack's account on moto: one call at a time, and without what takes moto most of its time."""

import functools
import os
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.core import responses
from moto.core.model import StructureShape
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.comparisons import OpEqual
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator
from moto.dynamodb.responses import DynamoHandler
from moto.sqs.models import sqs_backends

from tests.support.aws.account import provision

ONE_AT_A_TIME = threading.RLock()
_call_action = DynamoHandler.call_action


def _one_at_a_time(handler: DynamoHandler) -> Any:  # noqa: ANN401 - moto's own answer
    # moto has no lock: a cancelled transaction undoes what other threads wrote meanwhile.
    with ONE_AT_A_TIME:
        return _call_action(handler)


DynamoHandler.call_action = _one_at_a_time  # type: ignore[method-assign]


def _is_equal(comparison: OpEqual, item: Any) -> bool:  # noqa: ANN401 - moto's own row
    # moto finds a missing attribute equal to NULL, and DynamoDB to nothing.
    left = comparison.lhs.expr(item)
    return left is not None and left == comparison.rhs.expr(item)


OpEqual.expr = _is_equal  # type: ignore[method-assign, assignment]

_SCALARS = {"S", "N", "BOOL", "NULL"}
_serialize_structure = BaseJSONSerializer._serialize_type_structure


def _serialize_scalars_as_they_are(
    self: BaseJSONSerializer,
    serialized: MutableMapping[str, Any],
    value: dict[str, Any],
    shape: StructureShape,
    key: str,
) -> None:
    # moto looks for each of the ten types of an attribute value, under fourteen names.
    if shape.name == "AttributeValue" and value.keys() <= _SCALARS:
        serialized[key] = value
    else:
        _serialize_structure(self, serialized, value, shape, key)


BaseJSONSerializer._serialize_type_structure = _serialize_scalars_as_they_are  # type: ignore[method-assign]


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


def _traverse(traverser: DepthFirstTraverser, node: Any, child_id: int = -1) -> Any:  # noqa: ANN401 - a node or a leaf
    # moto calls `isinstance` for each node and leaf, which is slow for its abstract classes.
    parent = node.parent
    for index, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, index)
        if _is_a(child.__class__, Node):
            _traverse(traverser, child, index)
    if _is_a(node.__class__, traverser.nodes_to_be_processed()):
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


DepthFirstTraverser.traverse_node_recursively = _traverse

# moto repeats these for each nested part of an expression, though the whole contains what its parts contain.
ActionCountValidator.traverse = ActionCountValidator.verify_action_counts
OverlappingPathsValidator.traverse = OverlappingPathsValidator.check_for_overlapping_paths

# moto lists all methods of a class anew for each call.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)  # type: ignore[attr-defined]


def purge_queues() -> None:
    """Delete all messages inside moto, also those that are delayed: they would arrive in a later test."""
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][os.environ["AWS_DEFAULT_REGION"]].queues.values():
        queue._messages = []


@contextmanager
def moto_cloud() -> Iterator[Any]:
    """Yield a DynamoDB client of the mocked account."""
    with mock_aws():
        yield provision()
