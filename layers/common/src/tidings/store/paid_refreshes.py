"""Paid pulls on their source's row: asked for, called at most once, and how the call ended."""

from secrets import token_hex

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from tidings.model import PaidRefreshState, Source
from tidings.store.sources import SourceKey, update_if
from tidings.store.tables import UpdateState


def request(key: SourceKey, source: Source, now: int) -> str | None:
    """Note that a pull is asked for; its id. None: the source is gone, or linked anew.

    The generation is copied by the write itself: what raises it later came after the pull was asked for.
    """
    pull_id = token_hex(8)
    actions: list[Action] = [
        UpdateState.pull_id.set(pull_id),
        UpdateState.pull_requested_at.set(now),
        UpdateState.pull_generation.set(UpdateState.generation | 0),
        UpdateState.pull_state.set("requested"),
        UpdateState.pull_call.remove(),
        UpdateState.pull_reason.remove(),
        UpdateState.pull_retry_at.remove(),
    ]
    return pull_id if update_if(key, actions, UpdateState.link_id == source.link_id) else None


def begin(key: SourceKey, pull_id: str, asked_after: int) -> bool:
    """Take the right to make the pull's one call, if it was asked for after `asked_after`. False: must not call."""
    mine = token_hex(8)
    # The SDK may send the same write twice: the second must not lose to the first.
    free = (UpdateState.pull_state == "requested") | (UpdateState.pull_call == mine)
    actions: list[Action] = [UpdateState.pull_state.set("calling"), UpdateState.pull_call.set(mine)]
    return update_if(key, actions, _is(pull_id) & free & (UpdateState.pull_requested_at > asked_after))


def finish(
    key: SourceKey, pull_id: str, state: PaidRefreshState, reason: str | None = None, retry_at: int | None = None
) -> None:
    """How it ended, unless another pull was asked for since."""
    actions: list[Action] = [UpdateState.pull_state.set(state)]
    actions.append(UpdateState.pull_reason.set(reason) if reason else UpdateState.pull_reason.remove())
    actions.append(UpdateState.pull_retry_at.set(retry_at) if retry_at else UpdateState.pull_retry_at.remove())
    update_if(key, actions, _is(pull_id))


def _is(pull_id: str) -> Condition:
    same: Condition = UpdateState.link_id.exists() & (UpdateState.pull_id == pull_id)
    return same
