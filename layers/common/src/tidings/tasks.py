"""What others left to do, from the queue: each message by itself, at least once, so every task can be done twice."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tidings import clock, observability, pulls
from tidings.connecting import plaid_completion
from tidings.errors import BadRequest, NotFound, TidingsError
from tidings.model import ProviderName
from tidings.observability import about, count, told, warned
from tidings.store import items, link_sessions, revocation
from tidings.store.sources import Key

_CALLING_S = 10.0
"""Of one completion. The function ends at 60 s, and gets one message at a time."""

Failures = dict[str, list[dict[str, str]]]
"""Lambda's partial batch response: the messages to be delivered again, and in the end to the dead-letter queue."""


def handle(event: Mapping[str, Any], context: Any) -> Failures:  # noqa: ANN401 - the runtime's own class
    """A batch of SQS messages. What fails is logged and named; it never keeps the others from being done."""
    with observability.invocation(context):
        failed = [record["messageId"] for record in event["Records"] if not _is_done(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done(record: Mapping[str, Any]) -> bool:
    kind = "unknown"
    about(provider=None, user_id=None)  # those of the message before
    try:
        kind, fields = _read(str(record["body"]))
        told("task", kind=kind, outcome=_TASKS[kind](fields), message_id=record["messageId"])
    except (BadRequest, NotFound) as error:
        # Trying again would change nothing: the session came to nothing, or its token ran out or was used before.
        warned("task dropped", kind=kind, problem=error.slug, message_id=record["messageId"])
    except TidingsError as error:
        observability.refused(error)
        return _failed(kind)
    except Exception as error:  # noqa: BLE001 - the edge: one message must not take the others with it
        observability.failed(error)
        return _failed(kind)
    count("Task", kind=kind)
    return True


def _failed(kind: str) -> bool:
    count("TaskFailed", kind=kind)
    return False


class UnknownTask(TidingsError):
    """Not of this version, or not from us: kept in the dead-letter queue for an operator."""

    slug, title = "unknown-task", "Nobody knows this kind of task"


def _read(body: str) -> tuple[str, Mapping[str, str]]:
    try:
        message = json.loads(body)
        kind, fields = message["kind"], message["about"]
    except (ValueError, KeyError, TypeError):
        raise UnknownTask from None
    if kind not in _TASKS or not isinstance(fields, dict):
        raise UnknownTask
    return kind, fields


def _complete_connection(fields: Mapping[str, str]) -> str:
    """Exactly what POST /plaid/complete-connection does, for the user whom the link token was issued to."""
    link_token = fields["link_token"]
    bound = link_sessions.bound(link_token, clock.now_ms())
    if bound is None:
        raise NotFound("No such link session.")
    about(provider="plaid", user_id=bound.user_id)
    plaid_completion.complete(bound, link_token, time.monotonic() + _CALLING_S)
    return "completed"


def _end_access(fields: Mapping[str, str]) -> str:
    source = _owned("plaid", fields["item_id"])
    return "deleted" if source and revocation.end_access(source) else "nothing to delete"


def _forget_account(fields: Mapping[str, str]) -> str:
    source = _owned("plaid", fields["item_id"])
    return "deleted" if source and revocation.forget_account(source, fields["account_id"]) else "nothing to delete"


def _owned(provider: ProviderName, item_id: str) -> Key | None:
    """The item's own source, whoever owns it now."""
    item = items.key(provider, item_id)
    owner = items.owner(item, consistent=True)
    if owner is None:
        return None
    about(provider=provider, user_id=owner)
    return Key(owner, provider, item_id, item)


_TASKS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "complete_connection": _complete_connection,
    "end_access": _end_access,
    "forget_account": _forget_account,
    "pull": pulls.make,
}
