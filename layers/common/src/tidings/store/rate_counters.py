"""How much all machines together do in a minute, calls to a provider, say: one conditional write counts any number."""

from pynamodb.expressions.update import Action

from tidings.store.conditional_writes import ConditionLost, write
from tidings.store.tables import ProviderBudget

_KEPT_S = 3600


def count_calls(budget: str, minute: int, calls: int, limit: int) -> bool:
    """Count calls that are about to be made; False, and nothing counted, when that would make more than `limit`.

    A write that the SDK repeats counts twice, which only makes us more careful. StoreUnavailable.
    """
    row = ProviderBudget(f"{budget}#{minute}")
    actions: list[Action] = [ProviderBudget.calls.add(calls), ProviderBudget.expires_at.set(60 * minute + _KEPT_S)]
    enough_left = ProviderBudget.calls.does_not_exist() | (ProviderBudget.calls <= limit - calls)
    try:
        write(lambda: row.update(actions, enough_left))
    except ConditionLost:
        return False
    return True
