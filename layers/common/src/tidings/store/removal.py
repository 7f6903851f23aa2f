"""Ending a source or a whole item. The row and its head go in one transaction, so nothing half deleted is seen."""

from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.model import EVERY_SOURCE, ProviderName
from tidings.store import snapshots, sources
from tidings.store.sources import Key
from tidings.store.tables import HoldingsEntry, ProviderItem, UpdateState
from tidings.store.writes import ConditionLost, transact, write

_TOMBSTONE_KEPT_S = 24 * 3600


def remove_source(key: Key, *, link_id: str | None = None, with_item: bool = False) -> bool:
    """Delete a source, its holdings, and (`with_item`) the provider item itself with its credential. Idempotent.

    `link_id`: only the row that was read; False when it is another one by now.
    """
    same = UpdateState.link_id == link_id if link_id else None
    owned = ProviderItem.user_id.does_not_exist() | (ProviderItem.user_id == key.user_id)

    def build(transaction: TransactWrite) -> None:
        transaction.delete(key.row(), condition=same)
        if not with_item:
            transaction.update(key.tombstone, [UpdateState.expires_at.set(clock.now_ms() // 1000 + _TOMBSTONE_KEPT_S)])
        transaction.delete(HoldingsEntry(key.user_id, f"{key.provider}#{key.source_id}"))
        if with_item:
            transaction.delete(ProviderItem(key.item), condition=owned)

    try:
        transact(build)
    except ConditionLost:
        return False
    snapshots.delete_parts(key.user_id, key.provider, key.source_id)
    return True


def remove_item(user_id: str, provider: ProviderName, item_id: str) -> None:
    """Delete everything of one provider item: its sources, their holdings, then the item. Idempotent."""
    ended = [source for source in sources.of_user(user_id).of(provider) if source.item_id == item_id]
    for source in ended:
        if source.source_id != EVERY_SOURCE:
            remove_source(Key.of(user_id, source))
    # Only now: as long as the item has an owner, an event can give one of its sources a row.
    remove_source(Key(user_id, provider, EVERY_SOURCE, f"{provider}#{item_id}"), with_item=True)
    for source in ended:
        write(Key.of(user_id, source).tombstone.delete)
