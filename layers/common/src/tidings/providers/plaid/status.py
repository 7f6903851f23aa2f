"""How a Plaid item stands: /item/get, which is free (https://plaid.com/docs/api/items/#itemget)."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from tidings.errors import ProviderError, UnusableResponse
from tidings.model import Access, DiscoveredSource, StatusChange
from tidings.providers.plaid import client

CALLS_PER_MINUTE = 3000
"""What fetches leave of the 5,000 /item/get: each fetch (2,000 a minute at most) makes one, uncounted. Per item 15."""

RATE_COUNTER = "plaid-status"

CALLS_PER_CHECK = 1

MAX_SILENCE_HOURS = 74
"""Plaid looks after market hours: from Friday's close to Monday's an item may say nothing, and two hours are slack."""

_STAMP_PATIENCE_S = 3.0

is_configured = client.is_configured


def read_status(access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:  # noqa: ARG001 - only itself
    access.count_calls(1)
    answer = client.post(access.app, "/item/get", {"access_token": access.credential}, deadline)
    item = answer.get("item")
    if not isinstance(item, dict) or item.get("item_id") not in {None, access.item_id}:
        raise UnusableResponse("Plaid answered for another item, or for none")
    institution = item.get("institution_name")
    return [
        DiscoveredSource(
            access.item_id, institution if isinstance(institution, str) else None, _status(item), read_stamp(answer)
        )
    ]


def stamp_or_none(access: Access, deadline: float) -> str | None:
    """The stamp for a fetch that is about to begin, if it can be had soon."""
    patience = min(deadline, time.monotonic() + _STAMP_PATIENCE_S)
    try:
        return read_stamp(client.post(access.app, "/item/get", {"access_token": access.credential}, patience))
    except ProviderError:
        return None


def read_stamp(answer: Mapping[str, Any]) -> str | None:
    """When Plaid last updated the item's investments, by its own clock."""
    status = answer.get("status")
    investments = status.get("investments") if isinstance(status, dict) else None
    updated = investments.get("last_successful_update") if isinstance(investments, dict) else None
    return updated if isinstance(updated, str) and updated else None


def _status(item: Mapping[str, Any]) -> StatusChange | None:
    """None for an error that the user can't mend: it says nothing of the login."""
    error = item.get("error")
    if error is None:
        return StatusChange("ok")
    if client.error_code(error) in client.USER_ACTION:
        return StatusChange("reconnect_required", client.reason(error))
    return None
