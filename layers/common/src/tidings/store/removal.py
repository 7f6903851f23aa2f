"""Remove a source or a whole item. Row and head are deleted in one transaction, so no reader sees half of it."""

from contextlib import suppress
from functools import partial

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.errors import StoreUnavailable
from tidings.model import EVERY_SOURCE, ItemKey, ProviderName, Source
from tidings.store import history, snapshots, user_state
from tidings.store.conditional_writes import ConditionLost, is_still, transact, translate_read_errors, write
from tidings.store.items import ItemRecord
from tidings.store.sources import SourceKey
from tidings.store.tables import HoldingsEntry, ProviderItem, UpdateState
from tidings.store.user_state import ENDED_ENTRY

_TOMBSTONE_KEPT_S = 24 * 3600
_ATTEMPTS = 10


def remove_source(
    key: SourceKey,
    *,
    link_id: str | None = None,
    with_item: bool = False,
    registration: ItemRecord | None = None,
    leaves_content: bool = False,
) -> bool:
    """Delete a source, its holdings and, `with_item`, the item with its credential. Idempotent.

    `link_id`, `registration`: delete only if the row, or the item's registration, is still the one read (rule 7).
    Returns False if it is not. The history records the removal of a row that existed, once.
    `leaves_content`: the caller calls `remove_leftovers` once for many sources. Nobody can read content without a row.
    """
    source = _read_source(key)
    for _ in range(_ATTEMPTS):
        if link_id and (source is None or source.link_id != link_id):
            return False
        if _remove(key, source, with_item=with_item, registration=registration):
            if not leaves_content:
                remove_leftovers(key.user_id, key.provider)
            return True
        before, source = source, _read_source(key)
        if _is_same_link(before, source):
            return False  # the condition on the item or on its registration failed
    raise StoreUnavailable


def _is_same_link(one: Source | None, other: Source | None) -> bool:
    return (one and one.link_id) == (other and other.link_id)


def _read_source(key: SourceKey) -> Source | None:
    """Read the source's row. The wildcard row is no source: nothing of it is recorded."""
    if key.source_id == EVERY_SOURCE:
        return None
    return user_state.read_source(key)


def _remove(key: SourceKey, source: Source | None, *, with_item: bool, registration: ItemRecord | None) -> bool:
    """Delete everything in one transaction. Returns False if the row is another, or the item or registration is."""
    is_own_item = ProviderItem.user_id.does_not_exist() | (ProviderItem.user_id == key.user_id)
    if registration:
        is_own_item &= _registration_unchanged(registration)

    def build(transaction: TransactWrite) -> None:
        transaction.delete(key.state_row(), condition=_row_as_read(key, source))
        if not with_item:
            transaction.update(key.tombstone, _tombstone(key.item))
            _require_registration(transaction, key.item, registration)
        transaction.delete(HoldingsEntry(key.user_id, key.head_entry))
        if source:
            history.record_removal(transaction, key, source.linked_at)
        if with_item:
            transaction.delete(ProviderItem(str(key.item)), condition=is_own_item)

    try:
        transact(build)
    except ConditionLost:
        return False
    return True


def _row_as_read(key: SourceKey, source: Source | None) -> Condition | None:
    """Require the link that was read, or that there is still none: the history records what the transaction deletes."""
    if key.source_id == EVERY_SOURCE:
        return None
    as_read: Condition = is_still(UpdateState.link_id, source and source.link_id)
    return as_read


def remove_leftovers(user_id: str, provider: ProviderName | None = None) -> None:
    """Delete content and changes of sources without a row: the last step of a removal, also of one that was killed.

    `provider`: look for the content of its sources alone, since a user's whole content can be large.
    Read the rows last: a refresh that still writes such content had a row before, and cannot commit without one.
    """
    stored, changes = snapshots.stored_parts(user_id, provider), history.change_entries(user_id)
    if stored or changes:
        sources = user_state.read_user_state(user_id).sources
        linked = {SourceKey.for_source(user_id, source).head_entry for source in sources}
        snapshots.delete_entries(user_id, [entry for entry, head in stored.items() if head not in linked])
        history.delete_entries(user_id, [entry for entry, head in changes.items() if head not in linked])


def _registration_unchanged(registration: ItemRecord) -> Condition:
    """Require that the item was not registered anew since the read, and that no registration has begun since.

    An item without an owner was removed by another run of the same removal.
    """
    at, leased_until = registration.registered_at, ProviderItem.registering_until
    same_registration = is_still(ProviderItem.registered_at, at)
    lease_expired = leased_until.does_not_exist() | (leased_until <= clock.now_ms())
    no_new_lease = lease_expired | (leased_until == registration.leased_until)
    unchanged: Condition = (ProviderItem.user_id.does_not_exist() | same_registration) & no_new_lease
    return unchanged


def _require_registration(transaction: TransactWrite, item: ItemKey, registration: ItemRecord | None) -> None:
    """Require that the item has no owner any more, or the registration that was read, if one was."""
    if registration:
        unchanged = ProviderItem.user_id.does_not_exist() | _registration_unchanged(registration)
        transaction.condition_check(ProviderItem, str(item), condition=unchanged)


def remove_item(user_id: str, item: ItemKey, *, registration: ItemRecord | None = None) -> bool:
    """Delete an item with its sources and their holdings. Idempotent.

    `registration`: delete only this registration; each step requires it, since any of them can be delayed.
    Returns False if the item was registered anew since the read, or such a registration has begun.
    """
    if not _remove_sources(user_id, item, registration):
        return False
    # Before the item: without an owner, a killed removal could not be found and finished.
    remove_leftovers(user_id, item.provider)
    if not remove_source(SourceKey.wildcard(user_id, item), with_item=True, registration=registration):
        return False
    # While the item had an owner, an event or a refresh could create a row for one of its sources.
    if _remove_sources(user_id, item, registration):
        _remove_tombstones(user_id, item, registration)
    return True


def _remove_sources(user_id: str, item: ItemKey, registration: ItemRecord | None) -> bool:
    """Remove the item's sources. Returns False, and removes no further one, if it was registered anew."""
    return all(
        remove_source(SourceKey.for_source(user_id, source), registration=registration)
        for source in user_state.read_user_state(user_id).of_item(item)
        if not source.is_wildcard
    )


def _tombstone(item: ItemKey) -> list[Action]:
    return [
        UpdateState.item.set(str(item)),
        UpdateState.expires_at.set(clock.now_ms() // 1000 + _TOMBSTONE_KEPT_S),
    ]


def _remove_tombstones(user_id: str, item: ItemKey, registration: ItemRecord | None) -> None:
    """Delete the item's tombstones. They stay, for their day, if the item was registered anew."""
    is_tombstone = UpdateState.entry.startswith(f"removed#{item.provider}#")
    with translate_read_errors(UpdateState):
        rows = list(UpdateState.query(user_id, is_tombstone, UpdateState.item == str(item), consistent_read=True))
    with suppress(ConditionLost):
        for row in rows:
            transact(partial(_remove_tombstone, row, item, registration))


def _remove_tombstone(
    row: UpdateState, item: ItemKey, registration: ItemRecord | None, transaction: TransactWrite
) -> None:
    transaction.delete(row)
    _require_registration(transaction, item, registration)


def forget_user(user_id: str) -> None:
    """Delete the tombstones and the history of a user without connections. Sources and cooldowns are not deleted.

    A cooldown that runs must outlive the connections: otherwise, linking anew would end it.
    """
    for entry in user_entries(user_id):
        if entry.startswith("removed#"):
            write(UpdateState(user_id, entry).delete)
    history.forget_user(user_id)


def erase_user(user_id: str) -> None:
    """Delete all update state, holdings and history of a user. Call it once the user's items are deleted.

    The marker goes last: until then it keeps a session that is being finished from linking.
    """
    for entry in user_entries(user_id):
        if entry != ENDED_ENTRY:
            write(UpdateState(user_id, entry).delete)
    snapshots.delete_entries(user_id, snapshots.snapshot_entries(user_id))
    history.forget_user(user_id)
    write(UpdateState(user_id, ENDED_ENTRY).delete)


def user_entries(user_id: str) -> list[str]:
    """List the sort keys of a user's rows in UpdateState."""
    with translate_read_errors(UpdateState):
        rows = UpdateState.query(user_id, consistent_read=True, attributes_to_get=["user_id", "entry"])
        return [row.entry for row in rows]
