"""Read a Plaid item's status by /item/get, which is free (https://plaid.com/docs/api/items/#itemget)."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from tidings.errors import ProviderError, UnusableResponse
from tidings.model import Access, DiscoveredSource, StatusChange
from tidings.providers.plaid import client, errors

CALLS_PER_MINUTE = 3000
"""Plaid's limit on /item/get is 5,000, and 15 per item. Fetches make up to 2,000 of them without counting them."""

RATE_COUNTER = "plaid-status"

CALLS_PER_CHECK = 1

MAX_SILENCE_HOURS = 74
"""Plaid updates after market hours: an item may be silent from Friday's close to Monday's. Two hours are slack."""

_STAMP_TIMEOUT_S = 3.0

is_configured = client.is_configured


def read_status(access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:  # noqa: ARG001 - the item is its only source
    """Read the item's status. Raises UnusableResponse if Plaid responds for another item."""
    access.count_calls(1)
    response = client.post(access.app, "/item/get", {"access_token": access.credential}, deadline)
    item = response.get("item")
    if not isinstance(item, dict) or item.get("item_id") not in {None, access.item_id}:
        raise UnusableResponse("Plaid responded for another item, or for none")
    institution = item.get("institution_name")
    return [
        DiscoveredSource(
            access.item_id, institution if isinstance(institution, str) else None, _status(item), read_stamp(response)
        )
    ]


def fetch_stamp(access: Access, deadline: float) -> str | None:
    """Fetch the stamp before a fetch of holdings. Returns None if the call fails or takes too long."""
    timeout = min(deadline, time.monotonic() + _STAMP_TIMEOUT_S)
    try:
        return read_stamp(client.post(access.app, "/item/get", {"access_token": access.credential}, timeout))
    except ProviderError:
        return None


def read_stamp(response: Mapping[str, Any]) -> str | None:
    """Return when Plaid last updated the item's investments, by Plaid's clock."""
    status = response.get("status")
    investments = status.get("investments") if isinstance(status, dict) else None
    updated = investments.get("last_successful_update") if isinstance(investments, dict) else None
    return updated if isinstance(updated, str) and updated else None


def _status(item: Mapping[str, Any]) -> StatusChange | None:
    """Return the item's status, or None for an error that passes: the login may still work.

    Raises EndReported if the item may have ended.
    """
    if item.get("error") is None:
        return StatusChange("ok")
    return errors.status_from_object(item["error"])
