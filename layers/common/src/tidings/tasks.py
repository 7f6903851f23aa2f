"""Dispatch the tasks queue's messages. Each is delivered at least once, so every task is safe to repeat."""

import time
from collections.abc import Mapping
from typing import Any

from tidings import clock
from tidings.aws import sqs_batch
from tidings.aws.sqs_batch import BatchResponse, Handlers
from tidings.connections import plaid_link_session
from tidings.errors import NotFound
from tidings.model import ItemKey, ProviderName
from tidings.observability import add_log_context
from tidings.refresh import paid_refresh
from tidings.store import items, link_sessions, revocation
from tidings.store.item_links import UserEnded
from tidings.store.sources import SourceKey
from tidings.store.token_leases import ItemNotStored

COMPLETION_TIMEOUT_S = 20.0
"""For one completion. The function ends after 60 s and receives one message at a time."""


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """Handle a batch of the tasks queue's messages."""
    return sqs_batch.process_batch(event, context, _HANDLERS)


def _complete_connection(fields: Mapping[str, str]) -> str:
    """Complete a link session like POST /plaid/complete-connection, for the user to whom its token was issued."""
    link_token = fields["link_token"]
    session = link_sessions.find_session(link_token, clock.now_ms())
    if session is None:
        raise NotFound("No such link session.")
    add_log_context(provider="plaid", user_id=session.user_id)
    deadline = time.monotonic() + COMPLETION_TIMEOUT_S
    completed = plaid_link_session.complete_link_session(session, link_token, deadline)
    completed.raise_repeatable()
    try:
        completed.last_linked()
    except (ItemNotStored, UserEnded) as error:
        return error.slug  # no repetition changes that
    return "completed"


def _end_access(fields: Mapping[str, str]) -> str:
    source = _linked_source("plaid", fields["item_id"])
    return "deleted" if source and revocation.end_access(source) else "nothing to delete"


def _forget_account(fields: Mapping[str, str]) -> str:
    source = _linked_source("plaid", fields["item_id"])
    return "deleted" if source and revocation.forget_account(source, fields["account_id"]) else "nothing to delete"


def _linked_source(provider: ProviderName, item_id: str) -> SourceKey | None:
    item = ItemKey(provider, item_id)
    owner = items.find_owner(item, consistent=True)
    if owner is None:
        return None
    add_log_context(provider=provider, user_id=owner)
    return SourceKey.of_item(owner, item)


_HANDLERS: Handlers = {
    "complete_connection": _complete_connection,
    "end_access": _end_access,
    "forget_account": _forget_account,
    "pull": paid_refresh.execute,
}
