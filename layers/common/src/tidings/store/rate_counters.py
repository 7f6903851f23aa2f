"""Count events of all machines together, one row per counter and minute, with one conditional write each."""

from collections.abc import Iterable

from pynamodb.expressions.update import Action

from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.tables import ProviderBudget

_KEPT_S = 3600


def count_calls(counter: str, minute: int, calls: int, limit: int) -> bool:
    """Count calls that are about to be made. Returns False, and counts nothing, if they would exceed `limit`.

    A write that the SDK repeats counts twice, which only makes the limit stricter. Raises StoreUnavailable.
    """
    if calls > limit:
        return False  # the first of a minute too, which meets no row to compare with
    row = ProviderBudget(f"{counter}#{minute}")
    actions: list[Action] = [ProviderBudget.calls.add(calls), ProviderBudget.expires_at.set(60 * minute + _KEPT_S)]
    within_limit = ProviderBudget.calls.does_not_exist() | (ProviderBudget.calls <= limit - calls)
    try:
        write(lambda: row.update(actions, within_limit))
    except ConditionLost:
        return False
    return True


def rate_counter_keys(user_id: str) -> list[str]:
    """List the keys of a user's counters. For operators only: it scans the table, which has no index by user."""
    of_user = ProviderBudget.window.startswith(f"user#{user_id}#")
    with translate_read_errors():
        rows = ProviderBudget.scan(of_user, consistent_read=True, attributes_to_get=["window"])
        return [row.window for row in rows]


def delete_rate_counters(keys: Iterable[str]) -> None:
    """Delete counters by key. Raises StoreUnavailable."""
    for key in keys:
        write(ProviderBudget(key).delete)
