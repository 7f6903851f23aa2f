"""Write the rows of a user's sources: link, status, due checks (docs/protocol.md, rules 1, 6 and 8)."""

import json
from typing import Any, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock, source_status
from tidings.model import EVERY_SOURCE, DuplicateOf, ItemKey, ProviderName, Source, StatusChange
from tidings.store.conditional_writes import ConditionLost, transact, write
from tidings.store.links import link_actions
from tidings.store.snapshot_keys import head_entry
from tidings.store.tables import ProviderItem, UpdateState

PROVIDER_CLOCK_LAG_MS = 5_000
"""How far a provider's clock may lag behind ours. Plaid's times are whole seconds, too."""


class NotLinked(Exception):
    """The source has no row under this owner."""


class Removed(Exception):
    """The source was removed within the last day. A delayed event does not create it again."""


class SourceKey(NamedTuple):
    """Identify a source's rows. `item`: the item that the source belongs to."""

    user_id: str
    provider: ProviderName
    source_id: str
    item: ItemKey

    @classmethod
    def for_source(cls, user_id: str, source: Source) -> "SourceKey":
        """Return the key of a source that was read."""
        return cls(user_id, source.provider, source.source_id, source.item)

    @classmethod
    def of_item(cls, user_id: str, item: ItemKey) -> "SourceKey":
        """Return the key of an item that is its own only source."""
        return cls(user_id, item.provider, item.item_id, item)

    @classmethod
    def wildcard(cls, user_id: str, item: ItemKey) -> "SourceKey":
        """Return the key of the row that stands for all sources of the item."""
        return cls(user_id, item.provider, EVERY_SOURCE, item)

    @property
    def entry(self) -> str:
        """Return the sort key of the source's row in UpdateState."""
        return f"source#{self.provider}#{self.source_id}"

    @property
    def head_entry(self) -> str:
        """Return the sort key of the source's snapshot head in Holdings."""
        return head_entry(self.provider, self.source_id)

    @property
    def tombstone(self) -> UpdateState:
        """Return the row that says that the source was removed: providers go on naming it for a while."""
        return UpdateState(self.user_id, f"removed#{self.provider}#{self.source_id}")

    def state_row(self) -> UpdateState:
        """Return the model instance that addresses the source's row."""
        return UpdateState(self.user_id, self.entry)


def status_actions(change: StatusChange) -> list[Action]:
    """Build the actions that set a status. The version tells a refresh that the status changed after its read."""
    return [
        UpdateState.status.set(change.status),
        UpdateState.status_reason.set(change.reason) if change.reason else UpdateState.status_reason.remove(),
        UpdateState.status_version.add(1),
    ]


def set_check_due(key: SourceKey, at: int) -> bool:
    """Have the next refresh fetch this source, because of a stale event from the instant `at`.

    Takes effect only if nothing as new is known, and never creates a row. Returns whether it was set.
    """
    return update_if(key, [UpdateState.check_due.set(at)], nothing_newer_known(at))


def nothing_newer_known(at: int) -> Condition:
    """Require that the row exists, and that no due check, fetch or status check is as new as the instant.

    An older due check is replaced: a running refresh clears the one that it read, and must not clear this one.
    """
    latest = at + PROVIDER_CLOCK_LAG_MS
    nothing_newer: Condition = (
        UpdateState.link_id.exists()
        & (UpdateState.check_due.does_not_exist() | (UpdateState.check_due < at))
        & (UpdateState.last_fetched_at.does_not_exist() | (UpdateState.last_fetched_at < latest))
        & (UpdateState.last_reconcile_at.does_not_exist() | (UpdateState.last_reconcile_at < latest))
    )
    return nothing_newer


def create_discovered(key: SourceKey, institution: str | None) -> None:
    """Create the row (generation 0) of a source that the provider lists. An existing row keeps its link_id (rule 1).

    Raises NotLinked if the item belongs to another user, Removed if the source was removed within the last day.
    """
    actions: list[Action] = [*link_actions(), UpdateState.item.set(str(key.item))]
    if institution:
        actions.append(UpdateState.institution.set(institution))

    def build(transaction: TransactWrite) -> None:
        require_may_be_created(transaction, key)
        transaction.update(key.state_row(), actions)

    try:
        transact(build)
    except ConditionLost as lost:
        owner_changed = lost.lost[0]
        raise (NotLinked if owner_changed else Removed) from lost


def require_may_be_created(transaction: TransactWrite, key: SourceKey) -> None:
    """Require that the user owns the item, and that the source was not removed within the last day."""
    tombstone_expired = UpdateState.expires_at.does_not_exist() | (UpdateState.expires_at <= clock.now_ms() // 1000)
    tombstone = key.tombstone
    transaction.condition_check(ProviderItem, str(key.item), condition=ProviderItem.user_id == key.user_id)
    transaction.condition_check(UpdateState, tombstone.user_id, tombstone.entry, condition=tombstone_expired)


def set_institution(key: SourceKey, name: str) -> None:
    """Store the institution's name. A removed row stays removed."""
    update_if(key, [UpdateState.institution.set(name)], UpdateState.link_id.exists())


def set_duplicate(key: SourceKey, source: Source, duplicate: DuplicateOf) -> bool:
    """Store which connection the source repeats. Returns False if the source was unlinked since the read."""
    actions: list[Action] = [
        UpdateState.duplicate_of.set(f"{duplicate.provider}#{duplicate.source_id}"),
        UpdateState.duplicate_unmatched.set(json.dumps(duplicate.unmatched)),
    ]
    return update_if(key, actions, UpdateState.link_id == source.link_id)


def note_failure(key: SourceKey, source: Source, error: str) -> None:
    """Store why the fetch failed, so that the next refresh tries again. A removed row stays removed."""
    update_if(key, [UpdateState.last_error.set(error)], UpdateState.link_id == source.link_id)


def clear_unfetched(key: SourceKey, source: Source, error: str) -> None:
    """Clear the source as after a fetch (rule 6) and store `error`: the provider has nothing to fetch, for good."""
    update_if(
        key,
        [UpdateState.seen_generation.set(source.generation), UpdateState.last_error.set(error)],
        (UpdateState.link_id == source.link_id) & not_seen_beyond(source.generation),
    )


def set_status(key: SourceKey, source: Source, change: StatusChange, *, required: Condition | None = None) -> bool:
    """Store a status learnt from the provider, unless the status changed after the read (rule 8).

    `required`: a further condition. Returns whether the status now holds.
    """
    change = source_status.status_after_check(source, change, clock.now_ms())
    if (source.status, source.status_reason) == (change.status, change.reason):
        return True
    status_unchanged = is_counted_as_read(UpdateState.status_version, source.status_version)
    as_read = (UpdateState.link_id == source.link_id) & status_unchanged
    return update_if(key, status_actions(change), as_read if required is None else as_read & required)


def clear_check_due(key: SourceKey, source: Source) -> None:
    """Clear the check that was due before the fetch; one that became due during the fetch stays."""
    if source.check_due is not None:
        as_read = (UpdateState.link_id == source.link_id) & (UpdateState.check_due == source.check_due)
        update_if(key, [UpdateState.check_due.remove()], as_read)


def clear_all_sources(key: SourceKey, source: Source, began_at: int) -> None:
    """Clear the wildcard row, once all sources were fetched or confirmed gone (rule 6)."""
    update_if(
        key,
        [UpdateState.seen_generation.set(source.generation), UpdateState.last_fetched_at.set(began_at)],
        (UpdateState.link_id == source.link_id) & not_seen_beyond(source.generation),
    )


def not_seen_beyond(generation: int) -> Condition:
    """Require a generation no lower than the one read, and that no other refresh cleared beyond it (rule 6)."""
    not_cleared_beyond: Condition = UpdateState.seen_generation.does_not_exist() | (
        UpdateState.seen_generation <= generation
    )
    if generation == 0:
        return not_cleared_beyond
    with_generation: Condition = not_cleared_beyond & (UpdateState.generation >= generation)
    return with_generation


def is_counted_as_read(counter: Any, count: int) -> Condition:  # noqa: ANN401 - a pynamodb attribute as its class has it
    """Require that the counter is as it was read. A row without it was read as 0."""
    as_read: Condition = counter == count
    return as_read if count else counter.does_not_exist() | as_read


def update_if(key: SourceKey, actions: list[Action], condition: Condition) -> bool:
    """Update a source's row if the condition holds. Returns whether it did. Raises StoreUnavailable."""
    try:
        write(lambda: key.state_row().update(actions, condition))
    except ConditionLost:
        return False
    return True
