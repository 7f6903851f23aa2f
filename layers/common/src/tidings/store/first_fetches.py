"""Mark a source's first fetch, which may happen within a cooldown, once per link (docs/protocol.md, First fetches)."""

from secrets import token_hex

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings.model import Source
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.cooldowns import RunningCooldown
from tidings.store.sources import SourceKey, update_if
from tidings.store.tables import UpdateState

MOST_AT_ONCE = 3
"""Per user and provider within a minute: a cooldown's row keeps that many instants."""

_MINUTE_MS = 60_000
_MOST_RETURNS = 5
_RETURNS_WINDOW_MS = 600_000


def new_fetcher(running: RunningCooldown) -> str:
    """Return a random id for the first fetches of one refresh within this cooldown. It begins with the cooldown's."""
    return f"{running.cooldown_id}/{token_hex(4)}"


def is_permitted(source: Source, running: RunningCooldown) -> bool:
    """Whether the cooldown permits the source's first fetch, as far as both are read."""
    was_fetched = source.first_fetch_by is not None or source.last_fetched_at is not None
    if was_fetched or source.linked_at is None or running.acquired_at is None:
        return False
    return source.linked_at > running.acquired_at


def acquire(key: SourceKey, source: Source, running: RunningCooldown, fetcher: str, now: int) -> bool:
    """Acquire the source's first fetch within the running cooldown. Exactly one of any number of callers succeeds.

    The cooldown must be the one read, acquired before the source was linked, and no wait that the provider demands.
    """
    is_same_cooldown = UpdateState.claim_id == running.cooldown_id
    is_older_than_link = UpdateState.acquired_at < source.linked_at
    within_limit = UpdateState.third_first_fetch.does_not_exist() | (UpdateState.third_first_fetch <= now - _MINUTE_MS)
    count: list[Action] = [
        UpdateState.third_first_fetch.set(UpdateState.second_first_fetch | 0),
        UpdateState.second_first_fetch.set(UpdateState.newest_first_fetch | 0),
        UpdateState.newest_first_fetch.set(now),
    ]

    def build(transaction: TransactWrite) -> None:
        transaction.update(running.state_row(), count, condition=is_same_cooldown & is_older_than_link & within_limit)
        transaction.update(key.state_row(), _begin_actions(fetcher, now), condition=_is_free(source, fetcher))

    try:
        transact(build)
    except ConditionLost:
        return False
    return True


def begin(key: SourceKey, source: Source, fetcher: str, now: int) -> bool:
    """Mark the source as fetched by the caller. `fetcher`: the cooldown's id, if the caller holds it.

    Returns False if another refresh makes its first fetch within the caller's cooldown, or if it is linked anew.
    """
    if source.first_fetch_by is not None:
        return source.first_fetch_by == fetcher or _cooldown_id(source.first_fetch_by) != _cooldown_id(fetcher)
    if source.linked_at is None:
        return True  # linked by a version that marks nothing
    return update_if(key, _begin_actions(fetcher, now), _is_free(source, fetcher))


def give_back(key: SourceKey, source: Source, fetcher: str, now: int) -> None:
    """Permit the first fetch again, since the provider was not ready. At most five times in ten minutes."""
    if source.linked_at is None or source.first_fetch_by not in {None, fetcher}:
        return
    is_own = (UpdateState.link_id == source.link_id) & (UpdateState.first_fetch_by == fetcher)
    returned_at, returns = UpdateState.first_fetch_returned_at, UpdateState.first_fetch_returns
    actions: list[Action] = [
        UpdateState.first_fetch_at.remove(),
        UpdateState.first_fetch_by.remove(),
        returned_at.set(now),
    ]
    is_first_of_window = returned_at.does_not_exist() | (returned_at <= now - _RETURNS_WINDOW_MS)
    if not update_if(key, [*actions, returns.set(1)], is_own & is_first_of_window):
        update_if(key, [*actions, returns.add(1)], is_own & (returns < _MOST_RETURNS))


def none_in_progress(now: int) -> Condition:
    """Require that a source that was never fetched is not being fetched now: no fetch outlasts a minute."""
    begun_at = UpdateState.first_fetch_at
    none: Condition = UpdateState.last_fetched_at.does_not_exist() & (
        begun_at.does_not_exist() | (begun_at <= now - _MINUTE_MS)
    )
    return none


def _is_free(source: Source, fetcher: str) -> Condition:
    # The SDK may send the same write twice: the second must not lose to the first.
    is_unmarked = UpdateState.first_fetch_at.does_not_exist() | (UpdateState.first_fetch_by == fetcher)
    is_free: Condition = (UpdateState.link_id == source.link_id) & is_unmarked
    return is_free


def _begin_actions(fetcher: str, now: int) -> list[Action]:
    return [UpdateState.first_fetch_at.set(now), UpdateState.first_fetch_by.set(fetcher)]


def _cooldown_id(fetcher: str) -> str:
    return fetcher.partition("/")[0]
