"""Expect a connection that a user makes at a provider without a completion call, and list it within a cooldown."""

from collections.abc import Sequence

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings.model import Source
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.cooldowns import RunningCooldown
from tidings.store.sources import SourceKey, update_if
from tidings.store.tables import UpdateState

_EXPECTED_MS = 3_600_000
_MOST_LISTINGS = 6
_PAUSE_MS = 10_000


def expect(wildcard: SourceKey, now: int) -> None:
    """Expect a new connection of the item for an hour. Never creates a row."""
    actions: list[Action] = [
        UpdateState.connect_expected_until.set(now + _EXPECTED_MS),
        UpdateState.connect_listings.set(0),
    ]
    update_if(wildcard, actions, UpdateState.link_id.exists())


def expecting(rows: Sequence[Source], now: int) -> list[Source]:
    """Return the wildcard rows of which a connection is expected: none was linked since the URL was created."""
    return [
        row
        for row in rows
        if (until := row.connect_expected_until) is not None
        and until > now
        and not any(one.item == row.item and _is_linked_since(until - _EXPECTED_MS, one) for one in rows)
    ]


def _is_linked_since(instant: int, source: Source) -> bool:
    return not source.is_wildcard and source.linked_at is not None and source.linked_at >= instant


def acquire_listing(wildcard: SourceKey, source: Source, running: RunningCooldown, now: int) -> bool:
    """Acquire one listing of the item's connections within the running cooldown.

    Of any number of simultaneous callers one succeeds: one within ten seconds, six per connection URL, and none within
    a wait that the provider demands.
    """
    actions: list[Action] = [UpdateState.connect_listings.add(1), UpdateState.connect_listed_at.set(now)]
    is_expected = (UpdateState.link_id == source.link_id) & (UpdateState.connect_expected_until > now)
    is_spaced = UpdateState.connect_listed_at.does_not_exist() | (UpdateState.connect_listed_at <= now - _PAUSE_MS)
    within_limit = UpdateState.connect_listings < _MOST_LISTINGS
    is_own_wait = (UpdateState.claim_id == running.cooldown_id) & UpdateState.acquired_at.exists()
    cooldown = running.state_row()

    def build(transaction: TransactWrite) -> None:
        transaction.condition_check(UpdateState, cooldown.user_id, cooldown.entry, condition=is_own_wait)
        transaction.update(wildcard.state_row(), actions, condition=is_expected & is_spaced & within_limit)

    try:
        transact(build)
    except ConditionLost:
        return False
    return True
