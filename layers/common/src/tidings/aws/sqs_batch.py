"""Process a batch of SQS messages: each by itself, at least once."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tidings import observability
from tidings.concurrency import limit_time, remaining_s
from tidings.errors import BadRequest, NotFound, TidingsError
from tidings.observability import add_log_context, emit_count, log_info, log_warning

TIME_LIMIT_S = 57.0
"""For one invocation. A function that receives messages is killed after 60 s."""

BatchResponse = dict[str, list[dict[str, str]]]
"""Lambda's partial batch response: the messages that SQS delivers again or moves to the dead-letter queue."""

Handlers = Mapping[str, Callable[[Mapping[str, Any]], str | None]]
"""The handler of each kind of message. What it returns is logged as the outcome; None is neither logged nor counted."""


class UnknownMessage(TidingsError):
    """A message of another version or another sender. SQS keeps it in the dead-letter queue for an operator."""

    slug, title = "unknown-task", "The kind of the message is unknown"


def process_batch(event: Mapping[str, Any], context: Any, kinds: Handlers) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """Process a batch of SQS messages. A failed message is logged and returned; the others are processed."""
    failed: list[str] = []
    with observability.invocation(context), limit_time(TIME_LIMIT_S):
        records = event["Records"]
        for number, record in enumerate(records):
            # Time that a message leaves is for the others, so that one that hangs does not make them fail.
            with limit_time(remaining_s() / (len(records) - number)):
                if not _process(record, kinds):
                    failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _process(record: Mapping[str, Any], kinds: Handlers) -> bool:
    """Process one message. Returns False if SQS must deliver it again."""
    kind = "unknown"
    add_log_context(provider=None, user_id=None)  # remove the context of the previous message
    try:
        kind, fields = _parse(str(record["body"]), kinds)
        outcome = kinds[kind](fields)
        if outcome is None:
            return True
        log_info("task", kind=kind, outcome=outcome, message_id=record["messageId"])
    except (BadRequest, NotFound) as error:
        # A retry would change nothing: the session linked no item, or its token expired or was used before.
        log_warning("task dropped", kind=kind, problem=error.slug, message_id=record["messageId"])
    except TidingsError as error:
        observability.log_error_response(error)
        return _count_failure(kind)
    except Exception as error:  # noqa: BLE001 - the edge: one message must not fail the others
        observability.log_exception(error)
        return _count_failure(kind)
    emit_count("Task", kind=kind)
    return True


def _count_failure(kind: str) -> bool:
    emit_count("TaskFailed", kind=kind)
    return False


def _parse(body: str, kinds: Handlers) -> tuple[str, Mapping[str, Any]]:
    try:
        message = json.loads(body)
        kind, fields = message["kind"], message["about"]
    except (ValueError, KeyError, TypeError):
        raise UnknownMessage from None
    if not isinstance(kind, str) or kind not in kinds or not isinstance(fields, dict):
        raise UnknownMessage
    return kind, fields
