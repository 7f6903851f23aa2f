"""The lease under which one request registers an item at its provider or renews its credential.

Whoever holds it writes the credential; a write under a lease that is over, or somebody else's, is refused.
"""

from dataclasses import dataclass

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from tidings.errors import Conflict
from tidings.store import items
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.tables import ProviderItem

_UNOWNED_KEPT_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Lease:
    """`version`: of the credential that it was taken for (0: none). `ending_since`: when the provider was asked to
    delete what is registered there, if that was not followed by a new registration yet.
    """

    item: str
    user_id: str
    until: int
    version: int
    ending_since: int | None = None


def acquire(item: str, user_id: str, now: int, until: int, version: int = 0) -> Lease:
    """Take the lease. Conflict when it is held, the item another user's, or its credential no longer `version`."""
    known = items.find_record(item)
    if known and known.user_id not in {None, user_id}:
        raise Conflict("This connection belongs to another user.")
    owner = known.user_id if known else None
    same = ProviderItem.user_id == owner if owner else ProviderItem.user_id.does_not_exist()
    free = ProviderItem.registering_until.does_not_exist() | (ProviderItem.registering_until <= now)
    actions: list[Action] = [ProviderItem.registering_until.set(until)]
    if owner is None:
        actions.append(ProviderItem.expires_at.set(now // 1000 + _UNOWNED_KEPT_S))
    try:
        _update(item, actions, free & same & _at_version(version))
    except ConditionLost as lost:
        raise Conflict("It is being connected already; try again in a moment.") from lost
    return Lease(item, user_id, until, version, known.ending_since if known else None)


def release(lease: Lease) -> None:
    """Give the lease back: nothing was registered. Only one's own."""
    try:
        _update(lease.item, [ProviderItem.registering_until.remove()], ProviderItem.registering_until == lease.until)
    except ConditionLost:
        return  # used up, run out, or the item is gone


def record_deletion_started(lease: Lease, now: int) -> None:
    """Remember that the provider is asked to delete what is registered there. Conflict when the lease is lost."""
    actions: list[Action] = [ProviderItem.ending_since.set(now)]
    try:
        _update(lease.item, actions, ProviderItem.registering_until == lease.until)
    except ConditionLost as lost:
        raise Conflict("It was changed meanwhile; try again in a moment.") from lost


def store_credential(lease: Lease, credential: bytes) -> None:
    """Replace the item's credential and give the lease back. Conflict when the item is gone or another's by now.

    Done already (an answer that was lost) is done.
    """
    mine = (ProviderItem.user_id == lease.user_id) & (ProviderItem.registering_until == lease.until)
    actions: list[Action] = [
        ProviderItem.credential.set(credential),
        ProviderItem.credential_version.set(lease.version + 1),
        ProviderItem.registering_until.remove(),
    ]
    try:
        _update(lease.item, actions, mine & _at_version(lease.version))
    except ConditionLost as lost:
        stored = items.encrypted_credentials([lease.item]).get(lease.item)
        if stored is None or stored.credential != credential:
            raise Conflict("The item was changed meanwhile.") from lost


def _at_version(version: int) -> Condition:
    if version:
        same: Condition = ProviderItem.credential_version == version
        return same
    none: Condition = ProviderItem.credential_version.does_not_exist()
    return none


def _update(item: str, actions: list[Action], condition: Condition) -> None:
    transact(lambda transaction: transaction.update(ProviderItem(item), actions, condition=condition))
