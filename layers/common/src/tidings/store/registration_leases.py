"""Lease an item while one request registers it at the provider or replaces its credential.

Only the lease's holder can write the credential: a write under an expired or foreign lease is rejected.
"""

from dataclasses import dataclass

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from tidings.errors import Conflict
from tidings.model import ItemKey
from tidings.store import items
from tidings.store.conditional_writes import ConditionLost, is_still, transact
from tidings.store.tables import ProviderItem

_UNOWNED_KEPT_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that ends at `until`. `version`: of the credential to be replaced; 0 for none.

    `ending_since`: when the deletion of the old registration was requested, if no new one followed. `is_repeated`: an
    earlier attempt was killed, or never learnt the provider's answer.
    """

    item: ItemKey
    user_id: str
    until: int
    version: int
    ending_since: int | None
    is_repeated: bool


def acquire(item: ItemKey, user_id: str, now: int, until: int, version: int = 0) -> Lease:
    """Take the lease. Raises Conflict if it is held, the item is another user's, or the credential changed."""
    known = items.find_record(item)
    if known and known.user_id not in {None, user_id}:
        raise Conflict("This connection belongs to another user.")
    owner = known.user_id if known else None
    owner_unchanged = is_still(ProviderItem.user_id, owner)
    no_lease = ProviderItem.registering_until.does_not_exist() | (ProviderItem.registering_until <= now)
    actions: list[Action] = [ProviderItem.registering_until.set(until)]
    if owner is None:
        actions.append(ProviderItem.expires_at.set(now // 1000 + _UNOWNED_KEPT_S))
    try:
        _update(item, actions, no_lease & owner_unchanged & _at_version(version))
    except ConditionLost as lost:
        raise Conflict("It is being connected already; try again in a moment.") from lost
    return Lease(
        item, user_id, until, version, known.ending_since if known else None, bool(known and known.leased_until)
    )


def release(lease: Lease) -> None:
    """Release the caller's own lease after nothing was registered."""
    try:
        _update(lease.item, [ProviderItem.registering_until.remove()], ProviderItem.registering_until == lease.until)
    except ConditionLost:
        return  # it was used or expired, or the item is gone


def keep_attempt(lease: Lease, now: int) -> None:
    """End the caller's own lease, and remember that the provider may have registered the user."""
    try:
        _update(lease.item, [ProviderItem.registering_until.set(now)], ProviderItem.registering_until == lease.until)
    except ConditionLost:
        return  # it was used or expired, or the item is gone


def give_up(lease: Lease, now: int) -> bool:
    """Give the lease up, so that a late link cannot take effect, and store that the registration is to be deleted.

    Returns False if the lease is no longer the caller's: it was used, or it expired.
    """
    actions: list[Action] = [ProviderItem.ending_since.set(now), ProviderItem.registering_until.remove()]
    try:
        _update(lease.item, actions, ProviderItem.registering_until == lease.until)
    except ConditionLost:
        return False
    return True


def record_deletion_started(lease: Lease, now: int) -> None:
    """Store when the deletion of the old registration is requested. Raises Conflict if the lease is lost."""
    actions: list[Action] = [ProviderItem.ending_since.set(now)]
    try:
        _update(lease.item, actions, ProviderItem.registering_until == lease.until)
    except ConditionLost as lost:
        raise Conflict("It was changed meanwhile; try again in a moment.") from lost


def store_credential(lease: Lease, credential: bytes) -> None:
    """Replace the item's credential and release the lease. Raises Conflict if the lease or the ownership is lost.

    Succeeds if the credential is stored already: an earlier attempt whose response was lost.
    """
    is_own_lease = (ProviderItem.user_id == lease.user_id) & (ProviderItem.registering_until == lease.until)
    actions: list[Action] = [
        ProviderItem.credential.set(credential),
        ProviderItem.credential_version.set(lease.version + 1),
        ProviderItem.registering_until.remove(),
    ]
    try:
        _update(lease.item, actions, is_own_lease & _at_version(lease.version))
    except ConditionLost as lost:
        stored = items.encrypted_credentials([lease.item]).get(lease.item)
        if stored is None or stored.credential != credential:
            raise Conflict("The item was changed meanwhile.") from lost


def _at_version(version: int) -> Condition:
    if version:
        version_unchanged: Condition = ProviderItem.credential_version == version
        return version_unchanged
    no_credential: Condition = ProviderItem.credential_version.does_not_exist()
    return no_credential


def _update(item: ItemKey, actions: list[Action], condition: Condition) -> None:
    transact(lambda transaction: transaction.update(ProviderItem(str(item)), actions, condition=condition))
