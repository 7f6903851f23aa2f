"""The edge around a function that takes messages from a queue: each by itself, at least once."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tidings import observability
from tidings.errors import BadRequest, NotFound, TidingsError
from tidings.observability import add_log_context, emit_count, log_info, log_warning

BatchResponse = dict[str, list[dict[str, str]]]
"""Lambda's partial batch response: the messages to be delivered again, and in the end to the dead-letter queue."""

Handlers = Mapping[str, Callable[[Mapping[str, Any]], str]]
"""What is done for each kind of message; the result is logged as its outcome."""


class UnknownMessage(TidingsError):
    """Not of this version, or not from us: kept in the dead-letter queue for an operator."""

    slug, title = "unknown-task", "Nobody knows this kind of task"


def process_batch(event: Mapping[str, Any], context: Any, kinds: Handlers) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """A batch of SQS messages. What fails is logged and named; it never keeps the others from being done."""
    with observability.invocation(context):
        failed = [record["messageId"] for record in event["Records"] if not _is_done(record, kinds)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done(record: Mapping[str, Any], kinds: Handlers) -> bool:
    kind = "unknown"
    add_log_context(provider=None, user_id=None)  # those of the message before
    try:
        kind, fields = _read(str(record["body"]), kinds)
        log_info("task", kind=kind, outcome=kinds[kind](fields), message_id=record["messageId"])
    except (BadRequest, NotFound) as error:
        # Trying again would change nothing: the session came to nothing, or its token ran out or was used before.
        log_warning("task dropped", kind=kind, problem=error.slug, message_id=record["messageId"])
    except TidingsError as error:
        observability.log_error_response(error)
        return _failed(kind)
    except Exception as error:  # noqa: BLE001 - the edge: one message must not take the others with it
        observability.log_exception(error)
        return _failed(kind)
    emit_count("Task", kind=kind)
    return True


def _failed(kind: str) -> bool:
    emit_count("TaskFailed", kind=kind)
    return False


def _read(body: str, kinds: Handlers) -> tuple[str, Mapping[str, Any]]:
    try:
        message = json.loads(body)
        kind, fields = message["kind"], message["about"]
    except (ValueError, KeyError, TypeError):
        raise UnknownMessage from None
    if not isinstance(kind, str) or kind not in kinds or not isinstance(fields, dict):
        raise UnknownMessage
    return kind, fields
