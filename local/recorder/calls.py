"""Describe one AWS request in lines, one for each action that IAM checks.

- `request`: the number of the HTTP request; the lines of one transaction share it.
- `function`: the logical id of the caller.
- `service`, `call` (the API operation) and `action` (the name that IAM checks).
- The resource: `table` and `index` (of a stream `Table/stream`), `key`, `secret`, or `queue` with the `message` sent.
- DynamoDB lines add `attributes`, `Select`, `ReturnValues`, `ReturnValuesOnConditionCheckFailure`, `ConsistentRead`.
  A read with a projection counts as `Select: SPECIFIC_ATTRIBUTES`, stated or not.
- BatchWriteItem lines name PutItem or DeleteItem in `entry`.
"""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from local.recorder.attributes import touched_attributes

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/aws4_request")
_LOCAL_NAME = re.compile(r"tidings-local-(\w+)")
_OPTIONS = ("Select", "ReturnValues", "ReturnValuesOnConditionCheckFailure", "ConsistentRead")
_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
_PROJECTIONS = ("ProjectionExpression", "AttributesToGet")
_TRANSACTION_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_STREAM_CALLS = frozenset({"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"})
Line = dict[str, Any]


def describe_request(number: int, headers: dict[str, str], body: bytes) -> Iterator[Line]:
    """Describe one request by its headers (lower-case names) and its JSON body."""
    match = _CREDENTIAL.search(headers.get("authorization", ""))
    function, service = match.groups() if match else (None, None)
    call = headers.get("x-amz-target", "").rpartition(".")[2]
    start = {"request": number, "function": function, "service": service, "call": call}
    request = json.loads(body or b"{}")
    for line in _describe_calls(str(service), call, request):
        yield {**start, **line}


def _describe_calls(service: str, call: str, request: dict[str, Any]) -> Iterator[Line]:
    if service == "kms":
        context = sorted(request.get("EncryptionContext") or {})
        yield {"action": call, "key": request.get("KeyId"), "encryption_context": context}
    elif service == "secretsmanager":
        yield {"action": call, "secret": _logical_id(request.get("SecretId") or request.get("Name") or "")}
    elif service == "sqs":
        bodies = [entry["MessageBody"] for entry in request.get("Entries", [request]) if "MessageBody" in entry]
        sent = {"message": "\n".join(bodies)} if bodies else {}
        # IAM has no separate action for a batch.
        yield {"action": call.removesuffix("Batch"), "queue": _logical_id(request.get("QueueUrl", "")), **sent}
    else:
        yield from _describe_table_calls(call, request)


def _describe_table_calls(call: str, request: dict[str, Any]) -> Iterator[Line]:
    if call in _STREAM_CALLS:
        yield {"action": call, "table": _stream(request)}
    elif call in {"TransactWriteItems", "TransactGetItems"}:
        for entry in request["TransactItems"]:
            for kind, operation in entry.items():
                yield _table_line(_TRANSACTION_ACTIONS[kind], operation)
    elif call == "BatchWriteItem":
        yield from _batch_write(request)
    elif call == "BatchGetItem":
        for table, keys in request["RequestItems"].items():
            attributes = {**keys, "Key": {name: None for key in keys["Keys"] for name in key}}
            yield _table_line(call, {"TableName": table, **attributes})
    else:
        yield _table_line(call, request)


def _batch_write(request: dict[str, Any]) -> Iterator[Line]:
    for table, entries in request["RequestItems"].items():
        for entry in entries:
            for kind, operation in entry.items():
                line = _table_line("BatchWriteItem", {"TableName": table, **operation})
                yield {**line, "entry": kind.removesuffix("Request") + "Item"}


def _table_line(action: str, request: dict[str, Any]) -> Line:
    projects = action in _READS and any(part in request for part in _PROJECTIONS)
    return {
        "action": action,
        "table": _logical_id(request.get("TableName", "")),
        "index": request.get("IndexName"),
        "attributes": touched_attributes(request),
        **({"Select": "SPECIFIC_ATTRIBUTES"} if projects else {}),
        **{option: request[option] for option in _OPTIONS if option in request},
    }


def _stream(request: dict[str, Any]) -> str:
    """Return the stream as IAM names it. MiniStack's iterators contain its address."""
    named = request.get("StreamArn") or request.get("TableName")
    iterator = request.get("ShardIterator", "")
    return _logical_id(named or base64.urlsafe_b64decode(iterator).decode("utf-8", "replace")) + "/stream"


def _logical_id(name: str) -> str:
    """Return the logical id in a local name or ARN: SessionsTable for `tidings-local-SessionsTable`."""
    match = _LOCAL_NAME.search(name)
    return match[1] if match else name
