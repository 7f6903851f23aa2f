"""Ending a source or a whole item. The row and its head go in one transaction, so nothing half deleted is seen."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.model import EVERY_SOURCE, ProviderName
from tidings.store import snapshots, sources
from tidings.store.conditional_writes import ConditionLost, transact, translate_read_errors, write
from tidings.store.items import ItemRecord
from tidings.store.sources import SourceKey
from tidings.store.tables import HoldingsEntry, ProviderItem, UpdateState

_TOMBSTONE_KEPT_S = 24 * 3600


def remove_source(
    key: SourceKey, *, link_id: str | None = None, with_item: bool = False, registration: ItemRecord | None = None
) -> bool:
    """Delete a source, its holdings, and (`with_item`) the provider item itself with its credential. Idempotent.

    `link_id`, `registration`: only the row, or the item's registration, that was read; False when it is another by now.
    """
    same = UpdateState.link_id == link_id if link_id else None
    owned = ProviderItem.user_id.does_not_exist() | (ProviderItem.user_id == key.user_id)
    if registration:
        owned &= _is_still(registration)

    def build(transaction: TransactWrite) -> None:
        transaction.delete(key.row(), condition=same)
        if not with_item:
            transaction.update(key.tombstone, _tombstone(key.item))
        transaction.delete(HoldingsEntry(key.user_id, f"{key.provider}#{key.source_id}"))
        if with_item:
            transaction.delete(ProviderItem(key.item), condition=owned)

    try:
        transact(build)
    except ConditionLost:
        return False
    remove_leftovers(key.user_id, key.provider)
    return True


def remove_leftovers(user_id: str, provider: ProviderName) -> None:
    """Delete the stored content of sources that have no row (any more): the last step of a removal, or of a killed one.

    The rows are read last: a refresh that still writes such content had a row before, and can't hand it over without.
    """
    stored = snapshots.stored_parts(user_id, provider)
    if stored:
        linked = {source.source_id for source in sources.read_user_state(user_id).of(provider)}
        snapshots.delete_entries(user_id, [entry for entry, source_id in stored.items() if source_id not in linked])


def _is_still(registration: ItemRecord) -> Condition:
    """No new registration since the read, and none under way."""
    at, until = registration.registered_at, ProviderItem.registering_until
    same = ProviderItem.registered_at.does_not_exist() if at is None else ProviderItem.registered_at == at
    free = until.does_not_exist() | (until <= clock.now_ms())
    still: Condition = same & free
    return still


def remove_item(user_id: str, provider: ProviderName, item_id: str, *, registration: ItemRecord | None = None) -> bool:
    """Delete everything of one provider item: its sources, their holdings, then the item. Idempotent.

    `registration`: only the one that was read; False when the item is being registered anew, or was by now.
    """
    item = f"{provider}#{item_id}"
    _remove_sources(user_id, provider, item_id)
    remove_leftovers(user_id, provider)  # before the item: without its owner a killed removal could not be found again
    if not remove_source(SourceKey(user_id, provider, EVERY_SOURCE, item), with_item=True, registration=registration):
        return False
    # As long as the item had an owner, an event or a refresh could give one of its sources a row.
    _remove_sources(user_id, provider, item_id)
    _remove_tombstones(user_id, provider, item)
    return True


def _remove_sources(user_id: str, provider: ProviderName, item_id: str) -> None:
    for source in sources.read_user_state(user_id).of(provider):
        if source.item_id == item_id and source.source_id != EVERY_SOURCE:
            remove_source(SourceKey.of(user_id, source))


def _tombstone(item: str) -> list[Action]:
    return [
        UpdateState.item.set(item),
        UpdateState.expires_at.set(clock.now_ms() // 1000 + _TOMBSTONE_KEPT_S),
    ]


def _remove_tombstones(user_id: str, provider: ProviderName, item: str) -> None:
    """Of all sources of an item that is gone itself, whenever they were ended."""
    ended = UpdateState.entry.startswith(f"removed#{provider}#")
    with translate_read_errors(UpdateState):
        rows = list(UpdateState.query(user_id, ended, UpdateState.item == item, consistent_read=True))
    for row in rows:
        write(row.delete)


def forget_user(user_id: str) -> None:
    """Delete what is left of a user without any connection: claims and tombstones. Sources are left alone."""
    for entry in user_entries(user_id):
        if not entry.startswith("source#"):
            write(UpdateState(user_id, entry).delete)


def erase_user(user_id: str) -> None:
    """Delete every row of a user in update state and holdings, whatever it is. Only once the items are gone."""
    for entry in user_entries(user_id):
        write(UpdateState(user_id, entry).delete)
    snapshots.delete_entries(user_id, snapshots.snapshot_entries(user_id))


def user_entries(user_id: str) -> list[str]:
    """What the update state holds of a user."""
    with translate_read_errors(UpdateState):
        rows = UpdateState.query(user_id, consistent_read=True, attributes_to_get=["user_id", "entry"])
        return [row.entry for row in rows]
