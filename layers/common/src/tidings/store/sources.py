"""A user's sources: their rows, status and checks due. The conditions are those of DESIGN §4.1, 4.6 and 4.8."""

from secrets import token_hex
from typing import NamedTuple, cast

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock, source_status
from tidings.model import PaidRefresh, PaidRefreshState, ProviderName, Source, Status, StatusChange
from tidings.store.conditional_writes import ConditionLost, transact, translate_read_errors, write
from tidings.store.tables import ProviderItem, UpdateState


class NotLinked(Exception):
    """The source has no row under this owner (any more)."""


class Removed(Exception):
    """The source was ended a short while ago; what is still heard of it doesn't bring it back."""


class SourceKey(NamedTuple):
    """Where a source's row is. `item` is the ProviderItems key that it belongs to."""

    user_id: str
    provider: ProviderName
    source_id: str
    item: str

    @property
    def entry(self) -> str:
        return f"source#{self.provider}#{self.source_id}"

    @property
    def tombstone(self) -> UpdateState:
        """Its row says that the source was ended: providers go on naming one for a while."""
        return UpdateState(self.user_id, f"removed#{self.provider}#{self.source_id}")

    @classmethod
    def of(cls, user_id: str, source: Source) -> "SourceKey":
        return cls(user_id, source.provider, source.source_id, f"{source.provider}#{source.item_id}")

    def row(self) -> UpdateState:
        return UpdateState(self.user_id, self.entry)


class UserState(NamedTuple):
    """Everything of one user's update state, in one read. `retry_at` by provider, where a claim was ever taken."""

    sources: tuple[Source, ...]
    retry_at: dict[ProviderName, int]

    def of(self, provider: ProviderName) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.provider == provider)


def new_link_id() -> str:
    return token_hex(8)


def read_user_state(user_id: str) -> UserState:
    """One consistent Query. StateUnavailable when the table does not answer."""
    with translate_read_errors(UpdateState):
        rows = list(UpdateState.query(user_id, consistent_read=True))
    return UserState(
        sources=tuple(source_from_row(row) for row in rows if row.entry.startswith("source#") and row.link_id),
        retry_at={
            cast(ProviderName, row.entry.removeprefix("claim#")): int(row.retry_at or 0)
            for row in rows
            if row.entry.startswith("claim#")
        },
    )


def status_actions(change: StatusChange) -> list[Action]:
    """Set a status; the version tells a refresh that something was said since it read."""
    return [
        UpdateState.status.set(change.status),
        UpdateState.status_reason.set(change.reason) if change.reason else UpdateState.status_reason.remove(),
        UpdateState.status_version.add(1),
    ]


def set_check_due(key: SourceKey, at: int) -> bool:
    """Let the next refresh ask this source, as if it had news: for a stale event from the instant `at` (§3).

    Only if nothing as new is known; never creates a row. Whether it was set.
    """
    return update_if(key, [UpdateState.check_due.set(at)], nothing_newer_known(at))


def nothing_newer_known(at: int) -> Condition:
    """The row exists, and neither a check that is due, nor a fetch, nor a look is as new as the instant.

    An older check gives way: what is under way takes back the one that it read, and must not take this one with it.
    """
    unknown: Condition = (
        UpdateState.link_id.exists()
        & (UpdateState.check_due.does_not_exist() | (UpdateState.check_due < at))
        & (UpdateState.last_fetched_at.does_not_exist() | (UpdateState.last_fetched_at < at))
        & (UpdateState.last_reconcile_at.does_not_exist() | (UpdateState.last_reconcile_at < at))
    )
    return unknown


def create_discovered(key: SourceKey, institution: str | None) -> None:
    """Make the row (generation 0) of a source that the provider listed and that had none (§4.1).

    NotLinked: the item is not this user's any more. Removed: it was ended a short while ago.
    """
    actions: list[Action] = [
        UpdateState.link_id.set(UpdateState.link_id | new_link_id()),
        UpdateState.item.set(key.item),
    ]
    if institution:
        actions.append(UpdateState.institution.set(institution))

    def build(transaction: TransactWrite) -> None:
        require_may_be_created(transaction, key)
        transaction.update(key.row(), actions)

    try:
        transact(build)
    except ConditionLost as lost:
        raise (NotLinked if lost.lost[0] else Removed) from lost


def require_may_be_created(transaction: TransactWrite, key: SourceKey) -> None:
    """A source gets a row only under the item's owner, and not just after it was ended."""
    over = UpdateState.expires_at.does_not_exist() | (UpdateState.expires_at <= clock.now_ms() // 1000)
    tombstone = key.tombstone
    transaction.condition_check(ProviderItem, key.item, condition=ProviderItem.user_id == key.user_id)
    transaction.condition_check(UpdateState, tombstone.user_id, tombstone.entry, condition=over)


def note_failure(key: SourceKey, source: Source, error: str) -> None:
    """Remember why the source's fetch failed, so that the next refresh asks it again. A gone row is left gone."""
    update_if(key, [UpdateState.last_error.set(error)], UpdateState.link_id == source.link_id)


def clear_unfetched(key: SourceKey, source: Source, error: str) -> None:
    """The provider has nothing to fetch, and that is final: the news is cleared as by a fetch (§4.6), `error` stays."""
    update_if(
        key,
        [UpdateState.seen_generation.set(source.generation), UpdateState.last_error.set(error)],
        (UpdateState.link_id == source.link_id) & not_seen_beyond(source.generation),
    )


def set_status(key: SourceKey, source: Source, change: StatusChange) -> bool:
    """What a refresh learnt of the source's health, unless an event said something since the read (§4.8)."""
    change = source_status.status_after_check(source, change, clock.now_ms())
    if (source.status, source.status_reason) == (change.status, change.reason):
        return True
    version = (
        UpdateState.status_version == source.status_version
        if source.status_version
        else UpdateState.status_version.does_not_exist() | (UpdateState.status_version == 0)
    )
    return update_if(key, status_actions(change), (UpdateState.link_id == source.link_id) & version)


def clear_check_due(key: SourceKey, source: Source) -> None:
    """Take back the check that was due before the fetch; one that came due meanwhile stays."""
    if source.check_due is not None:
        condition = (UpdateState.link_id == source.link_id) & (UpdateState.check_due == source.check_due)
        update_if(key, [UpdateState.check_due.remove()], condition)


def clear_all_sources(key: SourceKey, source: Source, began_at: int) -> None:
    """Clear the row that stands for every source, once all of them were fetched or confirmed gone (§4.6)."""
    update_if(
        key,
        [UpdateState.seen_generation.set(source.generation), UpdateState.last_fetched_at.set(began_at)],
        (UpdateState.link_id == source.link_id) & not_seen_beyond(source.generation),
    )


def not_seen_beyond(generation: int) -> Condition:
    """The clear's condition: the counter is no lower than the one read, and nobody cleared past it (§4.6)."""
    seen: Condition = UpdateState.seen_generation.does_not_exist() | (UpdateState.seen_generation <= generation)
    if generation == 0:
        return seen
    unbroken: Condition = seen & (UpdateState.generation >= generation)
    return unbroken


def update_if(key: SourceKey, actions: list[Action], condition: Condition) -> bool:
    """Change a source's row if the condition holds; whether it did."""
    try:
        write(lambda: key.row().update(actions, condition))
    except ConditionLost:
        return False
    return True


def source_from_row(row: UpdateState) -> Source:
    _, provider, source_id = row.entry.split("#", 2)
    return Source(
        provider=cast(ProviderName, provider),
        source_id=source_id,
        item_id=(row.item or "").partition("#")[2],
        link_id=row.link_id or "",
        generation=int(row.generation or 0),
        seen_generation=int(row.seen_generation or 0),
        check_due=_optional_int(row.check_due),
        institution=row.institution,
        status=cast(Status, row.status or "ok"),
        status_reason=row.status_reason,
        status_version=int(row.status_version or 0),
        status_at=_optional_int(row.status_at),
        last_update_at=_optional_int(row.last_update_at),
        last_fetched_at=_optional_int(row.last_fetched_at),
        last_error=row.last_error,
        last_reconcile_at=_optional_int(row.last_reconcile_at),
        look_again_at=_optional_int(row.look_again_at),
        paid_refresh=_paid_refresh(row),
    )


def _paid_refresh(row: UpdateState) -> PaidRefresh | None:
    if not row.pull_id:
        return None
    return PaidRefresh(
        paid_refresh_id=row.pull_id,
        requested_at=int(row.pull_requested_at or 0),
        generation=int(row.pull_generation or 0),
        state=cast(PaidRefreshState, row.pull_state),
        reason=row.pull_reason,
        retry_at=_optional_int(row.pull_retry_at),
    )


def _optional_int(value: float | None) -> int | None:
    return None if value is None else int(value)
