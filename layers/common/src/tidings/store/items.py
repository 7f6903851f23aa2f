"""Read and write provider items: owner, credential, and orphaned updates (docs/protocol.md, rule 3)."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings.model import ItemKey, ProviderName, StatusChange
from tidings.store import batches, events
from tidings.store.conditional_writes import ConditionLost, transact, translate_read_errors, write
from tidings.store.events import Duplicate, EventRecord
from tidings.store.tables import ProviderItem

_ORPHAN_KEPT_S = 30 * 24 * 3600
_PAGE = 100
_WITHOUT_CREDENTIAL = [
    "item",
    "user_id",
    "credential_version",
    "orphan_generation",
    "orphan_status",
    "orphan_reason",
    "registering_until",
    "registered_at",
    "ending_since",
    "check_after",
    "check_failures",
]


class EncryptedCredential(NamedTuple):
    """An item's owner and encrypted credential. `version` rises with each credential stored.

    `leased_until`: until when another process may be replacing it. `check_after`: when its next status check is due.
    `check_failures`: set only while the item is backed off: so many checks failed in a row.
    """

    user_id: str
    credential: bytes
    version: int
    leased_until: int = 0
    check_after: int | None = None
    check_failures: int | None = None

    def is_backed_off(self, now: int) -> bool:
        """Return whether its provider must not be called before `check_after`."""
        return self.check_failures is not None and (self.check_after or 0) > now


class ItemRecord(NamedTuple):
    """An item without its credential. `registered_at`: when this deployment last registered it at the provider."""

    user_id: str | None
    registered_at: int | None = None
    leased_until: int = 0
    ending_since: int | None = None


def find_record(item: ItemKey) -> ItemRecord | None:
    """Read an item with a consistent read; None if there is none."""
    row = read_row(item, consistent=True)
    if row is None:
        return None
    return ItemRecord(
        row.user_id,
        _optional_int(row.registered_at),
        int(row.registering_until or 0),
        _optional_int(row.ending_since),
    )


def find_owner(item: ItemKey, *, consistent: bool = False) -> str | None:
    """Return the item's owner. Eventually consistent by default: the next conditional write rejects a stale owner."""
    row = read_row(item, consistent=consistent)
    return row.user_id if row else None


def encrypted_credentials(wanted: Iterable[ItemKey]) -> dict[ItemKey, EncryptedCredential]:
    """Read the encrypted credentials of items in one consistent read. Items without one are left out."""
    rows = batches.read_rows(ProviderItem, [ProviderItem(key) for key in {str(item) for item in wanted}])
    return {ItemKey.parse(row.item): _encrypted_credential(row) for row in rows if row.user_id and row.credential}


def _encrypted_credential(row: ProviderItem) -> EncryptedCredential:
    return EncryptedCredential(
        str(row.user_id),
        row.credential,
        int(row.credential_version or 0),
        int(row.registering_until or 0),
        _optional_int(row.check_after),
        _optional_int(row.check_failures),
    )


def _optional_int(value: float | None) -> int | None:
    return None if value is None else int(value)


def all_encrypted_credentials(
    provider: ProviderName, after: ItemKey | None = None
) -> Iterator[tuple[ItemKey, EncryptedCredential]]:
    """Scan a provider's linked items with their encrypted credentials, in the table's order. For operators.

    `after`: the item after which to continue.
    """
    start = {"item": {"S": str(after)}} if after else None
    of_provider = ProviderItem.item.startswith(f"{provider}#") & ProviderItem.credential.exists()
    with translate_read_errors():
        for row in ProviderItem.scan(of_provider, consistent_read=True, last_evaluated_key=start, page_size=_PAGE):
            if row.user_id:
                yield (
                    ItemKey.parse(row.item),
                    EncryptedCredential(row.user_id, row.credential, int(row.credential_version or 0)),
                )


def items_of_user(user_id: str) -> list[ItemKey]:
    """List a user's items from the operators' index, which is eventually consistent."""
    with translate_read_errors():
        return [ItemKey.parse(row.item) for row in ProviderItem.by_user.query(user_id)]


def record_orphan_update(item: ItemKey, status: StatusChange | None, event: EventRecord) -> None:
    """Count an update of an item without owner. Raises Duplicate if it was counted, AlreadyLinked if it has one."""
    actions: list[Action] = [
        ProviderItem.orphan_generation.add(1),
        ProviderItem.expires_at.set(event.received_at // 1000 + _ORPHAN_KEPT_S),
    ]
    is_confirmation = status is not None and status.status == "ok" and status.over is not None
    if status and not is_confirmation:
        actions += [
            ProviderItem.orphan_status.set(status.status),
            ProviderItem.orphan_reason.set(status.reason) if status.reason else ProviderItem.orphan_reason.remove(),
        ]

    def build(transaction: TransactWrite) -> None:
        events.save_once(transaction, event, "orphan")
        transaction.update(ProviderItem(str(item)), actions, condition=ProviderItem.user_id.does_not_exist())

    try:
        transact(build)
    except ConditionLost as lost:
        *is_recorded, _ = lost.lost
        raise (Duplicate if any(is_recorded) else AlreadyLinked) from lost


def delete_orphan(item: ItemKey) -> None:
    """Delete what was counted for an item, unless it has an owner. For operators."""
    try:
        write(lambda: ProviderItem(str(item)).delete(ProviderItem.user_id.does_not_exist()))
    except ConditionLost:
        return  # it was linked in the meantime


class AlreadyLinked(Exception):
    """The item was linked in the meantime: its updates belong to its owner."""


def read_row(item: ItemKey, *, consistent: bool) -> ProviderItem | None:
    """Read an item's row without its credential; None if there is none."""
    with translate_read_errors():
        try:
            return ProviderItem.get(str(item), consistent_read=consistent, attributes_to_get=_WITHOUT_CREDENTIAL)
        except ProviderItem.DoesNotExist:
            return None
