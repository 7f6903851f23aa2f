"""Store which brokers a provider can connect: one row, beside the rate counters, the same for all users.

The reconciler renews it. `due_at` says when, so that of several runs at the same time one calls the provider.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from tidings.model import ProviderName
from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.tables import ProviderBudget


class Broker(NamedTuple):
    """A broker that the provider can connect. `slug`: the provider's own word for it."""

    slug: str
    name: str


def read_brokers(provider: ProviderName) -> list[Broker]:
    """Return the stored brokers, eventually consistent; empty before the first renewal. Raises StoreUnavailable."""
    with translate_read_errors():
        try:
            row = ProviderBudget.get(_key(provider), attributes_to_get=["brokers"])
        except ProviderBudget.DoesNotExist:
            return []
    return [Broker(*entry) for entry in json.loads(row.brokers)]


def acquire_renewal(provider: ProviderName, now: int, next_at: int) -> bool:
    """Return whether the caller shall renew the list; no other run will before `next_at`. Raises StoreUnavailable."""
    is_due = ProviderBudget.due_at.does_not_exist() | (ProviderBudget.due_at <= now)
    row = ProviderBudget(_key(provider))
    try:
        write(lambda: row.update([ProviderBudget.due_at.set(next_at)], is_due))
    except ConditionLost:
        return False
    return True


def save_brokers(provider: ProviderName, brokers: Iterable[Broker], next_at: int) -> None:
    """Store the brokers, and when they are due again. Raises StoreUnavailable."""
    row = ProviderBudget(_key(provider))
    text = json.dumps(list(brokers))
    write(lambda: row.update([ProviderBudget.brokers.set(text), ProviderBudget.due_at.set(next_at)]))


def _key(provider: ProviderName) -> str:
    return f"brokers#{provider}"
