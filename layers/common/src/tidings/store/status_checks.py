"""Store the results of status checks. Each write requires that the row is as it was read."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.model import Source
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.first_fetches import none_in_progress
from tidings.store.sources import SourceKey, is_counted_as_read, update_if
from tidings.store.tables import UpdateState


def record_missed_update(key: SourceKey, source: Source, began_at: int) -> bool:
    """Record an update that no webhook announced.

    Returns False if the row changed, a cooldown runs or a first fetch may be in progress.
    """
    actions: list[Action] = [
        UpdateState.generation.add(1),
        UpdateState.last_update_at.set(clock.now_ms()),
        UpdateState.last_reconcile_at.set(began_at),
        UpdateState.check_due.remove(),
        UpdateState.look_again_at.remove(),
    ]
    cooldown = UpdateState(key.user_id, f"claim#{key.provider}")

    def build(transaction: TransactWrite) -> None:
        now = clock.now_ms()
        no_cooldown = UpdateState.retry_at.does_not_exist() | (UpdateState.retry_at <= now)
        transaction.condition_check(UpdateState, cooldown.user_id, cooldown.entry, condition=no_cooldown)
        unchanged = _as_read(source) if source.last_fetched_at else _as_read(source) & none_in_progress(now)
        transaction.update(key.state_row(), actions, condition=unchanged)

    try:
        transact(build)
    except ConditionLost:
        return False
    return True


def record_check(key: SourceKey, source: Source, began_at: int, *, answered: bool) -> None:
    """Record a check that found no update. `answered`: the provider said so; otherwise due checks stay due."""
    actions: list[Action] = [UpdateState.last_reconcile_at.set(began_at)]
    condition: Condition = UpdateState.link_id == source.link_id
    if answered and source.check_due is not None:
        actions.append(UpdateState.check_due.remove())
        condition &= UpdateState.check_due == source.check_due
    if answered and source.look_again_at is not None:
        actions.append(UpdateState.look_again_at.remove())
        condition &= UpdateState.look_again_at == source.look_again_at
    update_if(key, actions, condition)


def _as_read(source: Source) -> Condition:
    unchanged: Condition = (
        (UpdateState.link_id == source.link_id)
        & is_counted_as_read(UpdateState.generation, source.generation)
        & is_counted_as_read(UpdateState.seen_generation, source.seen_generation)
    )
    return unchanged
