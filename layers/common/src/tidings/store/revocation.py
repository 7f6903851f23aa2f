"""Delete the data of a source or account that the user revoked at the provider.

The source's row stays, so that the user sees the reason (docs/decisions/0009-status-that-outlasts-a-fetch.md).
"""

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.errors import StoreUnavailable
from tidings.model import Source
from tidings.store import history, snapshots, user_state
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.links import new_link_id
from tidings.store.sources import SourceKey, is_counted_as_read
from tidings.store.tables import HoldingsEntry, ProviderItem, UpdateState

_ATTEMPTS = 10


def end_access(key: SourceKey) -> bool:
    """Delete an ended source's credential, holdings and history.

    Returns False, and deletes nothing, if it has not ended. Idempotent. Nothing stays pending, since it cannot be
    fetched. The new link_id rejects a fetch that is in progress.
    """
    for _ in range(_ATTEMPTS):
        source = user_state.read_source(key)
        if source is None or not source.has_ended:
            return False
        if _delete_access(key, source):
            parts = snapshots.stored_parts(key.user_id, key.provider)
            snapshots.delete_entries(key.user_id, [part for part, head in parts.items() if head == key.head_entry])
            history.forget_source(key)
            return True
    raise StoreUnavailable


def _delete_access(key: SourceKey, source: Source) -> bool:
    as_read = (
        (UpdateState.link_id == source.link_id)
        & is_counted_as_read(UpdateState.status_version, source.status_version)
        & is_counted_as_read(UpdateState.generation, source.generation)
    )
    actions: list[Action] = [
        UpdateState.link_id.set(new_link_id()),
        UpdateState.seen_generation.set(source.generation),
        UpdateState.check_due.remove(),
        UpdateState.last_error.remove(),
    ]

    def build(transaction: TransactWrite) -> None:
        transaction.delete(HoldingsEntry(key.user_id, key.head_entry))
        transaction.update(
            ProviderItem(str(key.item)),
            [ProviderItem.credential.remove()],
            condition=ProviderItem.user_id == key.user_id,
        )
        transaction.update(key.state_row(), actions, condition=as_read)

    try:
        transact(build)
    except ConditionLost:
        return False
    return True


def forget_account(key: SourceKey, account_id: str) -> bool:
    """Delete one account's data from a source's holdings and history. Returns False if there is none. Idempotent."""
    forgotten = _forget_in_snapshot(key, account_id)
    history.forget_account(key, account_id)
    return forgotten


def _forget_in_snapshot(key: SourceKey, account_id: str) -> bool:
    for _ in range(_ATTEMPTS):
        source = user_state.read_source(key)  # before the snapshot: the generation must be the older of the two
        stored = snapshots.read_snapshots(key.user_id, key.provider, clock.now_ms()).snapshots
        snapshot = stored.get((key.provider, key.source_id))
        if source is None or snapshot is None:
            return False
        accounts_with_holdings = {holding.account_id for holding in snapshot.holdings}
        if account_id not in accounts_with_holdings | {account.account_id for account in snapshot.accounts}:
            return False
        if snapshots.forget_account(key, source, snapshot, account_id):
            return True
    raise StoreUnavailable
