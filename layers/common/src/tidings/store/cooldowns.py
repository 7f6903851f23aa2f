"""Acquire and release the cooldown of one user and provider (docs/protocol.md, rules 4 and 5)."""

from secrets import token_hex
from typing import NamedTuple

from pynamodb.expressions.condition import Condition
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


class RunningCooldown(NamedTuple):
    """Another refresh's cooldown. `acquired_at` is None if the provider demands this wait."""

    user_id: str
    provider: ProviderName
    cooldown_id: str
    retry_at: int
    acquired_at: int | None = None

    def state_row(self) -> UpdateState:
        """Return the model instance that addresses the cooldown's row."""
        return UpdateState(self.user_id, f"claim#{self.provider}")


class CooldownRuns(CoolingDown):
    """Another refresh acquired the cooldown: `running`."""

    def __init__(self, running: RunningCooldown) -> None:
        # Read the clock again: the winner may have read it later than this caller, whose time gives too long a wait.
        super().__init__(retry_after_s=clock.seconds_until(running.retry_at, clock.now_ms()))
        self.running = running


def acquire(
    user_id: str, provider: ProviderName, now: int, cooldown_ms: int, *, paid_refresh: bool = False
) -> Cooldown:
    """Acquire the cooldown. Exactly one of any number of simultaneous callers succeeds.

    Raises CooldownRuns, with the seconds left, for the others. `paid_refresh`: leaves a `follow_up`, so that the first
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
        UpdateState.acquired_at.set(now),
    ]
    try:
        write(lambda: cooldown.state_row().update(actions, is_available))
    except ConditionLost as lost:
        raise CooldownRuns(_read_running(user_id, provider)) from lost
    return cooldown


def release(cooldown: Cooldown, retry_at: int = 0, *, by_provider: bool = False) -> None:
    """Release the caller's own cooldown, or let it end at `retry_at`. `by_provider`: the provider demands that wait."""
    actions: list[Action] = _end_actions(retry_at) if retry_at else [UpdateState.retry_at.set(0)]
    if by_provider:
        actions.append(UpdateState.acquired_at.remove())
    is_own = UpdateState.claim_id == cooldown.cooldown_id
    # A first fetch may have met the provider's limit in the meantime: that wait must not become shorter.
    keeps_wait = UpdateState.acquired_at.exists() | (UpdateState.retry_at < retry_at)
    try:
        write(lambda: cooldown.state_row().update(actions, is_own & keeps_wait))
    except ConditionLost:
        return  # it expired, and another refresh acquired it


def _end_actions(retry_at: int) -> list[Action]:
    """Set when the cooldown ends, and the row's TTL with it: a wait of hours must not be deleted before its end."""
    return [UpdateState.retry_at.set(retry_at), UpdateState.expires_at.set(retry_at // 1000 + _ROW_KEPT_S)]


def extend(running: RunningCooldown, retry_at: int) -> None:
    """Let another refresh's cooldown last until `retry_at` at least, because the provider demands it."""
    is_same = UpdateState.claim_id == running.cooldown_id
    demanded: Action = UpdateState.acquired_at.remove()
    longer = [demanded, *_end_actions(retry_at)]
    try:
        write(lambda: running.state_row().update(longer, is_same & (UpdateState.retry_at < retry_at)))
    except ConditionLost:
        _note_demanded(running, is_same, demanded)


def _note_demanded(running: RunningCooldown, is_same: Condition, demanded: Action) -> None:
    try:
        write(lambda: running.state_row().update([demanded], is_same))
    except ConditionLost:
        return  # it expired, and another refresh acquired it


def _read_running(user_id: str, provider: ProviderName) -> RunningCooldown:
    with translate_read_errors(UpdateState):
        try:
            row = UpdateState.get(user_id, f"claim#{provider}", consistent_read=True)
        except UpdateState.DoesNotExist:
            return RunningCooldown(user_id, provider, "", 0)  # it ended in the meantime
    acquired_at = None if row.acquired_at is None else int(row.acquired_at)
    return RunningCooldown(user_id, provider, row.claim_id, int(row.retry_at), acquired_at)
