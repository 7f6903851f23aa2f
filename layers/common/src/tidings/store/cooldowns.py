"""The right to refresh one provider for one user, taken by one conditional write (§4.4-5)."""

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
    user_id: str
    provider: ProviderName
    cooldown_id: str

    def row(self) -> UpdateState:
        return UpdateState(self.user_id, f"claim#{self.provider}")


def acquire(
    user_id: str, provider: ProviderName, now: int, cooldown_ms: int, *, paid_refresh: bool = False
) -> Cooldown:
    """Exactly one of any number of simultaneous callers gets it; the others CoolingDown with the seconds left.

    `pull`: for a paid pull. It leaves a `follow_up` for the first refresh within its cooldown, which takes the claim
    over, for a whole cooldown of its own: so two refreshes are still never nearer to each other than that.
    """
    mine = Cooldown(user_id, provider, token_hex(8))
    # The SDK may send the same write twice: the second must not lose to the first.
    free = (
        UpdateState.retry_at.does_not_exist()
        | (UpdateState.retry_at <= now)
        | (UpdateState.claim_id == mine.cooldown_id)
    )
    if not paid_refresh:
        free |= UpdateState.follow_up > now
    actions: list[Action] = [
        UpdateState.follow_up.set(now + cooldown_ms) if paid_refresh else UpdateState.follow_up.remove(),
        UpdateState.claim_id.set(mine.cooldown_id),
        UpdateState.retry_at.set(now + cooldown_ms),
        UpdateState.expires_at.set((now + cooldown_ms) // 1000 + _ROW_KEPT_S),
    ]
    try:
        write(lambda: mine.row().update(actions, free))
    except ConditionLost as lost:
        # Counted from after the read: the winner may have looked at the clock later than this caller did.
        raise CoolingDown(retry_after_s=seconds_left(_retry_at(mine), clock.now_ms())) from lost
    return mine


def release(claim: Cooldown, retry_at: int = 0) -> None:
    """Give the claim back (`retry_at` 0), or keep others out for as long as the provider asked. Only one's own."""
    try:
        write(
            lambda: claim.row().update([UpdateState.retry_at.set(retry_at)], UpdateState.claim_id == claim.cooldown_id)
        )
    except ConditionLost:
        return  # it ran out, and somebody else holds it now


def seconds_left(retry_at: int, now: int) -> int:
    """Whole seconds until an instant, at least 1: an honest Retry-After."""
    return max(1, -(-(retry_at - now) // 1000))


def _retry_at(claim: Cooldown) -> int:
    with translate_read_errors(UpdateState):
        try:
            row = UpdateState.get(claim.user_id, f"claim#{claim.provider}", consistent_read=True)
        except UpdateState.DoesNotExist:
            return 0
    return int(row.retry_at or 0)
