"""List the top-level attributes that a DynamoDB request touches, which `dynamodb:Attributes` compares."""

import re
from collections.abc import Iterable
from typing import Any

_EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_LEGACY_CONDITIONS = ("Expected", "KeyConditions", "QueryFilter", "ScanFilter", "AttributeUpdates")
# Match the head of a document path: neither a `:value` nor a later part of `a.b`.
_NAME = re.compile(r"(?<![\w.#:])(#\w+|[A-Za-z_]\w*)")
_KEYWORDS = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"})
_FUNCTIONS = frozenset(
    {
        "attribute_exists",
        "attribute_not_exists",
        "attribute_type",
        "begins_with",
        "contains",
        "size",
        "if_not_exists",
        "list_append",
    }
)


def touched_attributes(request: dict[str, Any]) -> list[str]:
    """List, sorted, the attributes in the keys, items, projections, updates and conditions of a request."""
    names = request.get("ExpressionAttributeNames") or {}
    touched = {name for part in ("Key", "Item") for name in request.get(part) or {}}
    touched.update(request.get("AttributesToGet") or [])
    for part in _LEGACY_CONDITIONS:
        touched.update(request.get(part) or {})
    for part in _EXPRESSIONS:
        touched.update(names.get(name, name) for name in _attribute_names(request.get(part) or ""))
    return sorted(touched)


def _attribute_names(expression: str) -> Iterable[str]:
    for match in _NAME.finditer(expression):
        name = match[0]
        followed_by_parenthesis = expression[match.end() :].lstrip().startswith("(")
        if name.upper() in _KEYWORDS or (name in _FUNCTIONS and followed_by_parenthesis):
            continue
        yield name
