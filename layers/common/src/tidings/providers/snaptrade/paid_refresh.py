"""Request SnapTrade's paid refresh, POST /authorizations/{id}/refresh.

SnapTrade queues it and then sends one webhook for each account.
"""

from tidings.errors import NotOffered
from tidings.model import Access
from tidings.providers.snaptrade import client
from tidings.providers.snaptrade.client import SnapTradeError

CALLS_PER_MINUTE = 250
"""The limit on all calls together (https://docs.snaptrade.com/docs/rate-limiting)."""

RATE_COUNTER = "snaptrade"

is_configured = client.is_configured

_FORBIDDEN = 403


def request_refresh(access: Access, source_id: str, deadline: float) -> None:
    """Request a refresh. Raises NotOffered for 403 (1141): the plan has real-time data or no refresh."""
    access.count_calls(1)
    try:
        client.call_user(access, "POST", f"/authorizations/{client.segment(source_id)}/refresh", deadline)
    except SnapTradeError as error:
        if error.http_status == _FORBIDDEN:
            raise NotOffered("not_available_for_this_connection") from None
        raise
