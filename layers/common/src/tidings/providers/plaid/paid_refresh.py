"""Request Plaid's paid refresh, /investments/refresh: an add-on, charged per call.

A webhook follows if something changed.
"""

from tidings.model import Access
from tidings.providers.plaid import client

CALLS_PER_MINUTE = 100
"""The limit on /investments/refresh; per item it is 1 (https://plaid.com/docs/errors/rate-limit-exceeded/)."""

RATE_COUNTER = "plaid-pulls"

is_configured = client.is_configured


def request_refresh(access: Access, source_id: str, deadline: float) -> None:  # noqa: ARG001 - the item is the source
    """Request a refresh. The usual cap on a call does not apply: Plaid may query the broker before it responds."""
    access.count_calls(1)
    fields = {"access_token": access.credential}
    client.post(access.app, "/investments/refresh", fields, deadline, cap_s=float("inf"), needs_body=False)
