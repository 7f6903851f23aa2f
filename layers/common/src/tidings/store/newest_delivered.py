"""Remember the newest generation that was delivered to the host, apart from the update state.

The rows stand in the table of counters, which expire. A row's key reveals neither user nor source.
"""

from pynamodb.expressions.update import Action

from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.tables import ProviderBudget

_KEPT_S = 30 * 24 * 3600
"""Longer than a message can stay in the queue and its dead letters."""


def newest_generation(series: str) -> int:
    """Return the newest generation delivered of a series, consistently; 0 if none was. Raises StoreUnavailable."""
    with translate_read_errors():
        try:
            row = ProviderBudget.get(_key(series), consistent_read=True)
        except ProviderBudget.DoesNotExist:
            return 0
    return int(row.generation)


def record_delivery(series: str, generation: int, now: int) -> None:
    """Record a delivered generation, unless a newer one is recorded. Raises StoreUnavailable."""
    actions: list[Action] = [
        ProviderBudget.generation.set(generation),
        ProviderBudget.expires_at.set(now // 1000 + _KEPT_S),
    ]
    is_newest = ProviderBudget.generation.does_not_exist() | (ProviderBudget.generation <= generation)
    try:
        write(lambda: ProviderBudget(_key(series)).update(actions, is_newest))
    except ConditionLost:
        return  # a newer one was delivered meanwhile


def _key(series: str) -> str:
    return f"notified#{series}"
