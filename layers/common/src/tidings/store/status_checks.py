"""What a look at the provider changes: each write only where the row is as it was read (§6, Reconcile)."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.model import Source
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.sources import SourceKey, update_if
from tidings.store.tables import ProviderItem, UpdateState


def record_missed_update(key: SourceKey, source: Source, began_at: int) -> bool:
    """The provider has something newer than our snapshot. False: the row changed since, or a refresh is under way."""
    actions: list[Action] = [
        UpdateState.generation.add(1),
        UpdateState.last_update_at.set(clock.now_ms()),
        UpdateState.last_reconcile_at.set(began_at),
        UpdateState.check_due.remove(),
        UpdateState.look_again_at.remove(),
    ]
    claim = UpdateState(key.user_id, f"claim#{key.provider}")

    def build(transaction: TransactWrite) -> None:
        free = UpdateState.retry_at.does_not_exist() | (UpdateState.retry_at <= clock.now_ms())
        transaction.condition_check(UpdateState, claim.user_id, claim.entry, condition=free)
        transaction.update(key.row(), actions, condition=_as_read(source))

    try:
        transact(build)
    except ConditionLost:
        return False
    return True


def record_check(key: SourceKey, source: Source, began_at: int, *, answered: bool) -> None:
    """Looked at, and nothing to tell. `answered`: the provider said so; else what was to be looked into still is."""
    actions: list[Action] = [UpdateState.last_reconcile_at.set(began_at)]
    condition: Condition = UpdateState.link_id == source.link_id
    if answered and source.check_due is not None:
        actions.append(UpdateState.check_due.remove())
        condition &= UpdateState.check_due == source.check_due
    if answered and source.look_again_at is not None:
        actions.append(UpdateState.look_again_at.remove())
        condition &= UpdateState.look_again_at == source.look_again_at
    update_if(key, actions, condition)


def back_off(item: str, owner: str, until: int, failures: int) -> None:
    """Ask the item's provider no more before then. Never makes a row."""
    actions: list[Action] = [ProviderItem.check_after.set(until), ProviderItem.check_failures.set(failures)]
    _of_owner(item, owner, actions)


def reset_backoff(item: str, owner: str) -> None:
    """Take the wait back: the provider answers again."""
    _of_owner(item, owner, [ProviderItem.check_after.remove(), ProviderItem.check_failures.remove()])


def _of_owner(item: str, owner: str, actions: list[Action]) -> None:
    """As a transaction, which returns nothing: a plain update of pynamodb's gets the whole row back."""

    def build(transaction: TransactWrite) -> None:
        transaction.update(ProviderItem(item), actions, condition=ProviderItem.user_id == owner)

    try:
        transact(build)
    except ConditionLost:
        return  # it is gone, or somebody else's by now


def _as_read(source: Source) -> Condition:
    same: Condition = UpdateState.link_id == source.link_id
    for attribute, value in (
        (UpdateState.generation, source.generation),
        (UpdateState.seen_generation, source.seen_generation),
    ):
        same &= (attribute == value) if value else (attribute.does_not_exist() | (attribute == 0))
    return same
