"""Provider items: whose they are, what they are called with, and the orphans that came before their owner (§4.3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.errors import Conflict, StoreUnavailable
from tidings.model import ProviderName, StatusChange
from tidings.store import events
from tidings.store.conditional_writes import ConditionLost, transact, translate_read_errors
from tidings.store.events import Duplicate, EventRecord
from tidings.store.sources import SourceKey
from tidings.store.tables import ProviderItem, UpdateState, WebhookEvent

_ORPHAN_KEPT_S = 30 * 24 * 3600
_LINK_ATTEMPTS = 20
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
    """An item's owner and encrypted credential; the version rises with every one stored.

    `leased_until`: until when somebody may be replacing it. `check_after`: from when on its provider may be asked again
    how it stands, after so many `check_failures`.
    """

    user_id: str
    credential: bytes
    version: int
    leased_until: int = 0
    check_after: int = 0
    check_failures: int = 0


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item without its credential. `registered_at`: when it was last registered at the provider, if by us."""

    user_id: str | None
    registered_at: int | None = None
    leased_until: int = 0
    ending_since: int | None = None


def key(provider: ProviderName, item_id: str) -> str:
    return f"{provider}#{item_id}"


def find_record(item: str) -> ItemRecord | None:
    """An item as it is now; consistent."""
    row = _read(item, consistent=True)
    if row is None:
        return None
    return ItemRecord(
        row.user_id,
        None if row.registered_at is None else int(row.registered_at),
        int(row.registering_until or 0),
        None if row.ending_since is None else int(row.ending_since),
    )


def find_owner(item: str, *, consistent: bool = False) -> str | None:
    """The user whom an item is linked to. An old answer is mended by the conditions of the write that follows."""
    row = _read(item, consistent=consistent)
    return row.user_id if row else None


def encrypted_credentials(of: Iterable[str]) -> dict[str, EncryptedCredential]:
    """The encrypted credentials of items, by item, in one consistent read; what has none is left out."""
    with translate_read_errors():
        rows = list(ProviderItem.batch_get(sorted(set(of)), consistent_read=True))
    return {row.item: _sealed(row) for row in rows if row.user_id and row.credential}


def _sealed(row: ProviderItem) -> EncryptedCredential:
    return EncryptedCredential(
        str(row.user_id),
        row.credential or b"",
        int(row.credential_version or 0),
        int(row.registering_until or 0),
        int(row.check_after or 0),
        int(row.check_failures or 0),
    )


def all_encrypted_credentials(
    provider: ProviderName, after: str | None = None
) -> Iterator[tuple[str, EncryptedCredential]]:
    """Every linked item of a provider with its encrypted credential, in the table's own order. For operators.

    `after`: the key of the item behind which to go on.
    """
    start = {"item": {"S": after}} if after else None
    of_provider = ProviderItem.item.startswith(f"{provider}#") & ProviderItem.credential.exists()
    with translate_read_errors():
        for row in ProviderItem.scan(of_provider, consistent_read=True, last_evaluated_key=start, page_size=_PAGE):
            if row.user_id and row.credential:
                yield row.item, EncryptedCredential(row.user_id, row.credential, int(row.credential_version or 0))


def items_of_user(user_id: str) -> list[str]:
    """The keys of a user's items by the operators' index, which lags behind by a moment."""
    with translate_read_errors():
        return [row.item for row in ProviderItem.by_user.query(user_id)]


def record_orphan_update(item: str, status: StatusChange | None, event: EventRecord) -> None:
    """Count an update of an item that nobody owns yet. Duplicate, or NotLinked's opposite: it has an owner by now."""
    actions: list[Action] = [
        ProviderItem.orphan_generation.add(1),
        ProviderItem.expires_at.set(event.received_at // 1000 + _ORPHAN_KEPT_S),
    ]
    if status and (status.status != "ok" or status.over is None):
        actions.append(ProviderItem.orphan_status.set(status.status))
        if status.reason:
            actions.append(ProviderItem.orphan_reason.set(status.reason))

    def build(transaction: TransactWrite) -> None:
        transaction.save(events.event_row(event, "orphan"), WebhookEvent.event.does_not_exist())
        transaction.update(ProviderItem(item), actions, condition=ProviderItem.user_id.does_not_exist())

    try:
        transact(build)
    except ConditionLost as lost:
        raise (Duplicate if lost.lost[0] else AlreadyLinked) from lost


class AlreadyLinked(Exception):
    """The item was linked meanwhile: its updates belong to its owner."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration at the provider: `under` the lease that ends with it, at the instant `at`."""

    under: int
    at: int


def link_item(
    source: SourceKey,
    credential: bytes | None,
    institution: str | None = None,
    *,
    news: int = 1,
    registered: Registered | None = None,
) -> None:
    """Make the item this user's and its source pending: `news` (a new connection is news) plus the orphan's.

    Conflict: it is another user's, or the lease was lost. Linking again keeps the row and counts as news.
    """
    for _ in range(_LINK_ATTEMPTS):
        known = _read(source.item, consistent=True)
        if known and known.user_id not in {None, source.user_id}:
            raise Conflict("This connection belongs to another user.")
        if registered and (known is None or known.registering_until != registered.under):
            raise Conflict("It was changed meanwhile; try again in a moment.")
        try:
            transact(partial(_link, source, credential, institution, known, news, registered))
        except ConditionLost:
            continue
        return
    raise StoreUnavailable


def _link(
    source: SourceKey,
    credential: bytes | None,
    institution: str | None,
    known: ProviderItem | None,
    news: int,
    registered: Registered | None,
    transaction: TransactWrite,
) -> None:
    item_actions: list[Action] = [
        ProviderItem.user_id.set(source.user_id),
        ProviderItem.orphan_generation.remove(),
        ProviderItem.orphan_status.remove(),
        ProviderItem.orphan_reason.remove(),
        ProviderItem.expires_at.remove(),
    ]
    if credential is not None:
        item_actions += [ProviderItem.credential.set(credential), ProviderItem.credential_version.add(1)]
    condition = _as_read(source.user_id, known)
    if registered:
        item_actions += [
            ProviderItem.registered_at.set(registered.at),
            ProviderItem.registering_until.remove(),
            ProviderItem.ending_since.remove(),
        ]
        condition &= ProviderItem.registering_until == registered.under
    transaction.update(ProviderItem(source.item), item_actions, condition=condition)
    transaction.update(source.row(), _source_actions(source, institution, known, news))


def _as_read(user_id: str, known: ProviderItem | None) -> Condition:
    mine: Condition = ProviderItem.user_id.does_not_exist() | (ProviderItem.user_id == user_id)
    orphan = ProviderItem.orphan_generation
    same = orphan == known.orphan_generation if known and known.orphan_generation else orphan.does_not_exist()
    as_read: Condition = mine & same
    return as_read


def _source_actions(source: SourceKey, institution: str | None, known: ProviderItem | None, news: int) -> list[Action]:
    orphaned = int(known.orphan_generation or 0) if known else 0
    status = (known.orphan_status if known else None) or "ok"
    reason = known.orphan_reason if known and known.orphan_status else None
    actions: list[Action] = [
        UpdateState.link_id.set(UpdateState.link_id | token_hex(8)),
        UpdateState.item.set(source.item),
        UpdateState.generation.add(news + orphaned),
        UpdateState.status.set(status),
        UpdateState.status_reason.set(reason) if reason else UpdateState.status_reason.remove(),
        UpdateState.status_version.add(1),
    ]
    if news + orphaned:
        actions.append(UpdateState.last_update_at.set(clock.now_ms()))
    if institution:
        actions.append(UpdateState.institution.set(institution))
    return actions


def _read(item: str, *, consistent: bool) -> ProviderItem | None:
    with translate_read_errors():
        try:
            return ProviderItem.get(item, consistent_read=consistent, attributes_to_get=_WITHOUT_CREDENTIAL)
        except ProviderItem.DoesNotExist:
            return None


class Page(NamedTuple):
    """Keys of items, and the one behind which the next page begins; None at the end."""

    items: tuple[str, ...]
    last: str | None


def list_page(after: str | None, now: int, limit: int) -> Page:
    """Some of the linked items with a credential that may be asked about now, in the table's own order."""
    wanted = ProviderItem.user_id.exists() & ProviderItem.credential.exists()
    wanted &= ProviderItem.check_after.does_not_exist() | (ProviderItem.check_after <= now)
    start = {"item": {"S": after}} if after else None
    with translate_read_errors():
        scan = ProviderItem.scan(wanted, last_evaluated_key=start, page_size=limit, attributes_to_get=["item"])
        rows = next(scan.page_iter)["Items"]
    last = scan.page_iter.last_evaluated_key
    return Page(tuple(row["item"]["S"] for row in rows), last["item"]["S"] if last else None)
