"""Rows that name a user in tables without an index by user. For operators only: it reads whole tables."""

from collections.abc import Iterable

from tidings.store.conditional_writes import translate_read_errors, write
from tidings.store.tables import ProviderBudget


def rate_counter_keys(user_id: str) -> list[str]:
    """The keys of the minutes in which the user's changes were counted."""
    of_user = ProviderBudget.window.startswith(f"user#{user_id}#")
    with translate_read_errors():
        rows = ProviderBudget.scan(of_user, consistent_read=True, attributes_to_get=["window"])
        return [row.window for row in rows]


def delete_rate_counters(keys: Iterable[str]) -> None:
    for one in keys:
        write(ProviderBudget(one).delete)
