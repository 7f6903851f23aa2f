"""What others left to do, from the queue: each message by itself, at least once, so every task can be done twice."""

import time
from collections.abc import Mapping
from typing import Any

from tidings import clock
from tidings.aws import sqs_batch
from tidings.aws.sqs_batch import BatchResponse, Handlers
from tidings.connections import plaid_link_session
from tidings.errors import NotFound
from tidings.model import ProviderName
from tidings.observability import add_log_context
from tidings.refresh import paid_refresh
from tidings.store import items, link_sessions, revocation
from tidings.store.sources import SourceKey

_CALLING_S = 10.0
"""Of one completion. The function ends at 60 s, and gets one message at a time."""


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """A batch of the tasks queue's messages."""
    return sqs_batch.process_batch(event, context, _TASKS)


def _complete_connection(fields: Mapping[str, str]) -> str:
    """Exactly what POST /plaid/complete-connection does, for the user whom the link token was issued to."""
    link_token = fields["link_token"]
    bound = link_sessions.find_session(link_token, clock.now_ms())
    if bound is None:
        raise NotFound("No such link session.")
    add_log_context(provider="plaid", user_id=bound.user_id)
    plaid_link_session.complete_link_session(bound, link_token, time.monotonic() + _CALLING_S)
    return "completed"


def _end_access(fields: Mapping[str, str]) -> str:
    source = _owned("plaid", fields["item_id"])
    return "deleted" if source and revocation.end_access(source) else "nothing to delete"


def _forget_account(fields: Mapping[str, str]) -> str:
    source = _owned("plaid", fields["item_id"])
    return "deleted" if source and revocation.forget_account(source, fields["account_id"]) else "nothing to delete"


def _owned(provider: ProviderName, item_id: str) -> SourceKey | None:
    """The item's own source, whoever owns it now."""
    item = items.key(provider, item_id)
    owner = items.find_owner(item, consistent=True)
    if owner is None:
        return None
    add_log_context(provider=provider, user_id=owner)
    return SourceKey(owner, provider, item_id, item)


_TASKS: Handlers = {
    "complete_connection": _complete_connection,
    "end_access": _end_access,
    "forget_account": _forget_account,
    "pull": paid_refresh.execute,
}
