"""Plaid's paid pull, /investments/refresh: an add-on, charged per call; a webhook follows if something changed."""

from tidings.model import Access
from tidings.providers.plaid import client

CALLS_PER_MINUTE = 100
"""Of /investments/refresh, apart from reads; per item 1 (https://plaid.com/docs/errors/rate-limit-exceeded/)."""

RATE_COUNTER = "plaid-pulls"

is_configured = client.is_configured


def request_refresh(access: Access, source_id: str, deadline: float) -> None:  # noqa: ARG001 - the item is the source
    """Plaid may ask the broker before it answers, which takes longer than any read."""
    access.count_calls(1)
    fields = {"access_token": access.credential}
    client.post(access.app, "/investments/refresh", fields, deadline, cap_s=float("inf"))
