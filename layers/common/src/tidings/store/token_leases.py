"""Lease Plaid's public tokens, so that each is exchanged once, and store what became of each.

A token works once, so a lease that ends without a result may have used it up. Its row stays and says so.
"""

import hashlib
from secrets import token_hex
from typing import Literal, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings.errors import Conflict, NotFound
from tidings.model import ItemKey
from tidings.observability import emit_count, log_warning
from tidings.store.conditional_writes import ConditionLost, is_still, transact, translate_read_errors, write
from tidings.store.ended_users import IN_NO_SESSION
from tidings.store.item_links import TokenResult
from tidings.store.links import new_link_id
from tidings.store.sources import SourceKey
from tidings.store.tables import LinkSession, UpdateState

_LEASE_MS = 60_000
_KEPT_S = 24 * 3600
_TOKEN_LIFETIME_MS = 30 * 60_000
_NOTICE_KEPT_S = 30 * 24 * 3600
_PAGE = 100

NOT_STORED = "not_stored"
"""The status reason of the ended connection that tells the user that an item could not be stored."""

Failure = Literal["ending", "ended", "lost"]
"""What became of an item that was not stored. `ending`: about to be ended at Plaid; a kill at this point loses it."""


class ExchangeResult(NamedTuple):
    """The item that a token was exchanged for."""

    item_id: str
    institution: str | None


class Lease(NamedTuple):
    """The right to exchange a token. `is_repeated`: an earlier attempt may have used the token up."""

    key: str
    user_id: str
    lease_id: str
    until: int
    institution: str | None = None
    is_repeated: bool = False


class TokenInUse(Conflict):
    """Another request holds the lease. It stores a result soon, or the lease expires."""


class ItemNotStored(Conflict):
    """The token was used up, and its item could not be stored. The user has to connect again."""

    slug, title = "connection-not-stored", "The connection could not be stored. Connect again"


def acquire_lease(token: str, user_id: str, institution: str | None, now: int) -> Lease | ExchangeResult:
    """Lease a token. Returns the result instead if the token was exchanged before.

    Raises NotFound if the token is another user's, TokenInUse if another request holds the lease, ItemNotStored if the
    token's item could not be stored.
    """
    lease = Lease(_key(token), user_id, token_hex(8), now + _LEASE_MS, institution)
    try:
        write(lambda: _row(lease, now).save(LinkSession.token.does_not_exist() | _is_own(lease)))
    except ConditionLost as lost:
        return _take_over(lease, now, lost)
    return lease


def _is_own(lease: Lease) -> Condition:
    """Let the caller's own write succeed: the SDK may send it twice, and the second must not lose to the first."""
    same_lease: Condition = LinkSession.lease_id == lease.lease_id
    return same_lease


def _take_over(lease: Lease, now: int, lost: ConditionLost) -> Lease | ExchangeResult:
    known = _read(lease.key)
    if known and known.user_id != lease.user_id:
        raise NotFound("No such public token.") from lost
    if known and known.item_id:
        return ExchangeResult(known.item_id, known.institution)
    if known and known.failure:
        raise ItemNotStored from lost
    if not known or known.leased_until > now:
        raise TokenInUse("It is being connected already; try again in a moment.") from lost
    as_read = _is_unfinished(known.lease_id) & (LinkSession.leased_until == known.leased_until)
    try:
        write(lambda: _row(lease, now).save(as_read | _is_own(lease)))
    except ConditionLost as taken:
        raise TokenInUse("It is being connected already; try again in a moment.") from taken
    return lease._replace(is_repeated=True)


def release(lease: Lease) -> None:
    """Release the lease of a token that nobody has to ask about any more, so that another request can try."""
    try:
        write(lambda: LinkSession(lease.key).delete(_is_unfinished(lease.lease_id)))
    except ConditionLost:
        return  # another request took the lease over


def keep_attempt(lease: Lease, now: int) -> None:
    """End the lease, and remember that the token may be used up: Plaid's answer is not known."""
    row = _row(lease, now)
    row.leased_until = now
    try:
        write(lambda: row.save(_is_unfinished(lease.lease_id)))
    except ConditionLost:
        return  # another request took the lease over


def result_of_lease(lease: Lease, item_id: str, now: int) -> TokenResult:
    """Build the result of a leased token. It can be stored only while the lease is the caller's."""
    return TokenResult(
        _result_row(lease, ExchangeResult(item_id, lease.institution), now), _is_unfinished(lease.lease_id)
    )


def result_of_link_token(link_token: str, user_id: str, item_id: str, now: int) -> TokenResult:
    """Build the result of a link token in update mode, which is used without a lease: repeating it is safe."""
    row = LinkSession(_key(link_token), user_id=user_id, item_id=item_id, expires_at=now // 1000 + _KEPT_S)
    return TokenResult(row, LinkSession.token.does_not_exist())


def find_result(token: str) -> ExchangeResult | None:
    """Return what a token became, or None."""
    known = _read(_key(token))
    return ExchangeResult(known.item_id, known.institution) if known and known.item_id else None


def is_linked(lease: Lease) -> bool:
    """Return whether the leased token has a result."""
    known = _read(lease.key)
    return known is not None and bool(known.item_id)


def set_institution(lease: Lease, result: ExchangeResult, now: int) -> None:
    """Store the institution's name, which was learnt after the link."""
    row = _result_row(lease, result, now)
    is_result = _is_own(lease) & (LinkSession.item_id == result.item_id)
    try:
        write(lambda: row.save(is_result))
    except ConditionLost:
        return  # the user was deleted in the meantime


def give_up(lease: Lease, failure: Failure, now: int, *, notice: bool = True) -> bool:
    """Give the lease up, so that a late link cannot take effect. `notice`: tell the user by an ended connection.

    A user who ended everything gets none. Returns False if the link took effect, or another request has taken the lease
    over.
    """
    row = _row(lease, now)
    row.failure = failure

    def build(transaction: TransactWrite) -> None:
        transaction.save(row, condition=_is_unfinished(lease.lease_id))
        if notice:
            key = _notice_key(lease)
            IN_NO_SESSION.add_check(transaction, lease.user_id)
            transaction.update(key.state_row(), _notice(key, lease.institution, now))

    try:
        transact(build)
    except ConditionLost:
        # Perhaps the notice alone was refused, since the user ended everything.
        return notice and give_up(lease, failure, now, notice=False)
    return True


def record_failure(lease: Lease, failure: Failure, now: int) -> bool:
    """Store what became of an item that was not stored. Returns False if that is known, or the lease is another's."""
    row = _row(lease, now)
    row.failure = failure
    is_not_linked = _is_own(lease) & LinkSession.item_id.does_not_exist()
    has_no_end = LinkSession.failure.does_not_exist() | (LinkSession.failure == "ending")
    try:
        write(lambda: row.save(is_not_linked & has_no_end))
    except ConditionLost:
        return False
    return True


def report_not_stored(lease: Lease, outcome: Literal["ended", "lost"]) -> None:
    """Log and count an item that could not be stored. A lost one raises an alarm."""
    log_warning("item not stored", provider="plaid", user_id=lease.user_id, token=lease.key, outcome=outcome)
    emit_count("ItemLost" if outcome == "lost" else "ItemEnded", by_stack=outcome == "lost", provider="plaid")


class UnfinishedLease(NamedTuple):
    """A lease that expired without a result. `is_given_up`: its item was perhaps not ended."""

    lease: Lease
    is_given_up: bool


def unfinished_leases(now: int) -> list[UnfinishedLease]:
    """Scan for leases of tokens that no request can exchange any more. Few sessions are stored at any time."""
    has_no_end = LinkSession.failure.does_not_exist() | (LinkSession.failure == "ending")
    expired = LinkSession.leased_until <= now - _TOKEN_LIFETIME_MS
    wanted = LinkSession.item_id.does_not_exist() & has_no_end & expired
    with translate_read_errors():
        rows = list(LinkSession.scan(wanted, consistent_read=True, page_size=_PAGE))
    return [
        UnfinishedLease(
            Lease(row.token, row.user_id, row.lease_id, int(row.leased_until), row.leased_institution),
            bool(row.failure),
        )
        for row in rows
        if row.lease_id
    ]


def _row(lease: Lease, now: int) -> LinkSession:
    return LinkSession(
        lease.key,
        user_id=lease.user_id,
        lease_id=lease.lease_id,
        leased_until=lease.until,
        leased_institution=lease.institution,
        expires_at=now // 1000 + _KEPT_S,
    )


def _result_row(lease: Lease, result: ExchangeResult, now: int) -> LinkSession:
    return LinkSession(
        lease.key,
        user_id=lease.user_id,
        lease_id=lease.lease_id,
        item_id=result.item_id,
        institution=result.institution,
        expires_at=now // 1000 + _KEPT_S,
    )


def _is_unfinished(lease_id: str | None) -> Condition:
    """Require that the lease is still this one, without a result and not given up. Older code wrote leases no id."""
    same_lease = is_still(LinkSession.lease_id, lease_id)
    unfinished: Condition = same_lease & LinkSession.item_id.does_not_exist() & LinkSession.failure.does_not_exist()
    return unfinished


def _notice_key(lease: Lease) -> SourceKey:
    """Return the key of the ended connection that stands for the item. The hash of a used token is no secret."""
    return SourceKey.of_item(lease.user_id, ItemKey("plaid", f"unstored-{lease.key.partition('#')[2][:24]}"))


def _notice(key: SourceKey, institution: str | None, now: int) -> list[Action]:
    actions: list[Action] = [
        UpdateState.link_id.set(new_link_id()),
        UpdateState.item.set(str(key.item)),
        UpdateState.status.set("revoked"),
        UpdateState.status_reason.set(NOT_STORED),
        UpdateState.expires_at.set(now // 1000 + _NOTICE_KEPT_S),
    ]
    return [*actions, UpdateState.institution.set(institution)] if institution else actions


def _read(key: str) -> LinkSession | None:
    with translate_read_errors():
        try:
            return LinkSession.get(key, consistent_read=True)
        except LinkSession.DoesNotExist:
            return None


def _key(token: str) -> str:
    return f"public#{hashlib.sha256(token.encode()).hexdigest()}"
