"""Decide who may listen: AppSync asks for each connection and each subscription. Reads no database.

Whatever can't be decided is refused. The page then polls, which shows the same.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from tidings import clock, observability
from tidings.concurrency import limit_time
from tidings.errors import StoreUnavailable
from tidings.live.channels import channel_path
from tidings.live.tickets import Ticket, verify_ticket
from tidings.observability import emit_count

TIME_LIMIT_S = 8.0
"""For one decision. AppSync waits 10 s."""


class Decision(TypedDict):
    """The response to AppSync. `ttlOverride`: for how many seconds it may reuse the decision, which is never."""

    isAuthorized: bool
    ttlOverride: int


def handle(event: Mapping[str, Any], context: Any) -> Decision:  # noqa: ANN401 - the runtime's own class
    """Decide one operation. Never raises: an error would be AppSync's to interpret."""
    with observability.invocation(context), limit_time(TIME_LIMIT_S):
        return {"isAuthorized": _is_authorized(event), "ttlOverride": 0}


def _is_authorized(event: Mapping[str, Any]) -> bool:
    try:
        requested = event["requestContext"]
        ticket = verify_ticket(event["authorizationToken"], clock.now_ms())
        is_allowed = ticket is not None and _opens(ticket, requested["operation"], requested.get("channel"))
    except Exception as error:  # noqa: BLE001 - the edge: what can't be decided is refused
        if isinstance(error, StoreUnavailable):
            observability.log_error_response(error)
        else:
            observability.log_exception(error)
        emit_count("LiveAuthorizerFailed")
        return False
    if not is_allowed:
        emit_count("LiveRefused")
    return is_allowed


def _opens(ticket: Ticket, operation: str, channel: str | None) -> bool:
    """Whether a valid ticket opens the operation: a connection, or its own channel, which `*` is not."""
    if operation == "EVENT_CONNECT":
        return True
    return operation == "EVENT_SUBSCRIBE" and channel == channel_path(ticket.channel)
