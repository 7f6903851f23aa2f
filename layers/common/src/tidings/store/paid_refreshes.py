"""Store a paid refresh on its source's row: requested, called at most once, finished."""

from secrets import token_hex

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from tidings.model import PaidRefreshState, Source
from tidings.store.sources import SourceKey, update_if
from tidings.store.tables import UpdateState


def request(key: SourceKey, source: Source, now: int) -> str | None:
    """Store that a paid refresh is requested. Returns its id, or None if the source is gone or linked anew.

    The write itself copies the generation, so that an update after the request has a higher one.
    """
    paid_refresh_id = token_hex(8)
    actions: list[Action] = [
        UpdateState.pull_id.set(paid_refresh_id),
        UpdateState.pull_requested_at.set(now),
        UpdateState.pull_generation.set(UpdateState.generation | 0),
        UpdateState.pull_state.set("requested"),
        UpdateState.pull_call.remove(),
        UpdateState.pull_reason.remove(),
        UpdateState.pull_retry_at.remove(),
    ]
    return paid_refresh_id if update_if(key, actions, UpdateState.link_id == source.link_id) else None


def begin(key: SourceKey, paid_refresh_id: str, requested_after: int) -> bool:
    """Acquire the right to make the one paid call, if it was requested after the instant.

    Returns False if the caller must not call.
    """
    call_id = token_hex(8)
    # The SDK may send the same write twice: the second must not lose to the first.
    is_uncalled = (UpdateState.pull_state == "requested") | (UpdateState.pull_call == call_id)
    actions: list[Action] = [UpdateState.pull_state.set("calling"), UpdateState.pull_call.set(call_id)]
    is_newest = _is_newest(paid_refresh_id)
    return update_if(key, actions, is_newest & is_uncalled & (UpdateState.pull_requested_at > requested_after))


def finish(
    key: SourceKey,
    paid_refresh_id: str,
    state: PaidRefreshState,
    reason: str | None = None,
    retry_at: int | None = None,
) -> None:
    """Store how a paid refresh ended, unless another was requested since."""
    actions: list[Action] = [UpdateState.pull_state.set(state)]
    actions.append(UpdateState.pull_reason.set(reason) if reason else UpdateState.pull_reason.remove())
    actions.append(UpdateState.pull_retry_at.set(retry_at) if retry_at else UpdateState.pull_retry_at.remove())
    update_if(key, actions, _is_newest(paid_refresh_id))


def _is_newest(paid_refresh_id: str) -> Condition:
    is_newest: Condition = UpdateState.link_id.exists() & (UpdateState.pull_id == paid_refresh_id)
    return is_newest
