"""Acquire and release the cooldown of one user and provider (docs/protocol.md, rules 4 and 5)."""

from secrets import token_hex
from typing import NamedTuple

from pynamodb.expressions.update import Action

from tidings import clock
from tidings.errors import CoolingDown
from tidings.model import ProviderName
from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.tables import UpdateState

_ROW_KEPT_S = 3600


class Cooldown(NamedTuple):
    """An acquired cooldown. `cooldown_id`: a random id, by which only its owner can release it."""

    user_id: str
    provider: ProviderName
    cooldown_id: str

    def state_row(self) -> UpdateState:
        """Return the model instance that addresses the cooldown's row."""
        return UpdateState(self.user_id, f"claim#{self.provider}")


def acquire(
    user_id: str, provider: ProviderName, now: int, cooldown_ms: int, *, paid_refresh: bool = False
) -> Cooldown:
    """Acquire the cooldown. Exactly one of any number of simultaneous callers succeeds.

    Raises CoolingDown, with the seconds left, for the others. `paid_refresh`: leaves a `follow_up`, so that the first
    refresh within the cooldown may follow the paid refresh. That refresh starts a full cooldown of its own.
    """
    cooldown = Cooldown(user_id, provider, token_hex(8))
    # The SDK may send the same write twice: the second must not lose to the first.
    is_available = (
        UpdateState.retry_at.does_not_exist()
        | (UpdateState.retry_at <= now)
        | (UpdateState.claim_id == cooldown.cooldown_id)
    )
    if not paid_refresh:
        is_available |= UpdateState.follow_up > now
    actions: list[Action] = [
        UpdateState.follow_up.set(now + cooldown_ms) if paid_refresh else UpdateState.follow_up.remove(),
        UpdateState.claim_id.set(cooldown.cooldown_id),
        *_end_actions(now + cooldown_ms),
    ]
    try:
        write(lambda: cooldown.state_row().update(actions, is_available))
    except ConditionLost as lost:
        # Read the clock again: the winner may have read it later than this caller, so `now` would give too long a wait.
        raise CoolingDown(retry_after_s=clock.seconds_until(_retry_at(cooldown), clock.now_ms())) from lost
    return cooldown


def release(cooldown: Cooldown, retry_at: int = 0) -> None:
    """Release the caller's own cooldown, or let it end at `retry_at` because the provider demands it."""
    actions: list[Action] = _end_actions(retry_at) if retry_at else [UpdateState.retry_at.set(0)]
    try:
        write(lambda: cooldown.state_row().update(actions, UpdateState.claim_id == cooldown.cooldown_id))
    except ConditionLost:
        return  # it expired, and another refresh acquired it


def _end_actions(retry_at: int) -> list[Action]:
    """Set when the cooldown ends, and the row's TTL with it: a wait of hours must not be deleted before its end."""
    return [UpdateState.retry_at.set(retry_at), UpdateState.expires_at.set(retry_at // 1000 + _ROW_KEPT_S)]


def _retry_at(cooldown: Cooldown) -> int:
    with translate_read_errors(UpdateState):
        try:
            row = UpdateState.get(cooldown.user_id, f"claim#{cooldown.provider}", consistent_read=True)
        except UpdateState.DoesNotExist:
            return 0
    return int(row.retry_at or 0)
