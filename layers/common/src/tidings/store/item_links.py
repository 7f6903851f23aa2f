"""Link a provider item to its user, with the updates that came before (docs/protocol.md, rule 3)."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.errors import Conflict, StoreUnavailable
from tidings.store.conditional_writes import ConditionLost, is_still, transact
from tidings.store.items import read_row
from tidings.store.links import link_actions
from tidings.store.sources import SourceKey
from tidings.store.tables import LinkSession, ProviderItem, UpdateState

if TYPE_CHECKING:
    from tidings.store.ended_users import MayLink

_LINK_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration at the provider at the instant `at`, made under the lease that ends at `under`."""

    under: int
    at: int


class TokenResult(NamedTuple):
    """What the token of a link became. `condition`: what the token's row must still be, so that nobody else used it."""

    row: LinkSession
    condition: Condition


class UserEnded(Conflict):
    """The user ended everything since the link was begun."""

    title = "Everything was disconnected since. Connect again"


class TokenChanged(Exception):
    """The token's row is not as the link requires."""


def link_item(
    source: SourceKey,
    credential: bytes | None,
    institution: str | None = None,
    *,
    updates: int = 1,
    registered: Registered | None = None,
    result: TokenResult | None = None,
    may_link: "MayLink | None" = None,
) -> None:
    """Make the user the item's owner and raise the source's generation by `updates` plus the orphaned updates.

    Linking again keeps the row and its link_id. `result` is stored in the same transaction. Raises Conflict if another
    user owns the item or the registration's lease was lost, TokenChanged if the token's row has changed, UserEnded if
    `may_link` does not allow it.
    """
    for _ in range(_LINK_ATTEMPTS):
        known = read_row(source.item, consistent=True)
        if known and known.user_id not in {None, source.user_id}:
            raise Conflict("This connection belongs to another user.")
        if registered and (known is None or known.registering_until != registered.under):
            raise Conflict("It was changed meanwhile; try again in a moment.")
        try:
            transact(partial(_link, source, credential, institution, known, updates, registered, result, may_link))
        except ConditionLost as lost:
            user_ended = may_link is not None and lost.lost[0]
            if user_ended:
                raise UserEnded from lost
            token_changed = result is not None and lost.lost[0 if may_link is None else 1]
            if token_changed:
                raise TokenChanged from lost
            continue
        return
    raise StoreUnavailable


def _link(
    source: SourceKey,
    credential: bytes | None,
    institution: str | None,
    known: ProviderItem | None,
    updates: int,
    registered: Registered | None,
    result: TokenResult | None,
    may_link: "MayLink | None",
    transaction: TransactWrite,
) -> None:
    if may_link is not None:
        may_link.add_check(transaction, source.user_id)
    if result is not None:
        transaction.save(result.row, condition=result.condition)
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
    transaction.update(ProviderItem(str(source.item)), item_actions, condition=condition)
    transaction.update(source.state_row(), _source_actions(source, institution, known, updates))


def _as_read(user_id: str, known: ProviderItem | None) -> Condition:
    owner_unchanged: Condition = ProviderItem.user_id.does_not_exist() | (ProviderItem.user_id == user_id)
    orphans_unchanged = is_still(ProviderItem.orphan_generation, known and known.orphan_generation)
    as_read: Condition = owner_unchanged & orphans_unchanged
    return as_read


def _source_actions(
    source: SourceKey, institution: str | None, known: ProviderItem | None, updates: int
) -> list[Action]:
    orphaned = int(known.orphan_generation or 0) if known else 0
    status = (known.orphan_status if known else None) or "ok"
    reason = known.orphan_reason if known and known.orphan_status else None
    actions: list[Action] = [
        *link_actions(),
        UpdateState.item.set(str(source.item)),
        UpdateState.generation.add(updates + orphaned),
        UpdateState.status.set(status),
        UpdateState.status_reason.set(reason) if reason else UpdateState.status_reason.remove(),
        UpdateState.status_version.add(1),
        UpdateState.end_reported_at.remove(),
    ]
    if updates + orphaned:
        actions.append(UpdateState.last_update_at.set(clock.now_ms()))
    if institution:
        actions.append(UpdateState.institution.set(institution))
    return actions
