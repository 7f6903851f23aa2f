"""Find exchanges that were killed between Plaid's answer and the link transaction (docs/decisions/0018).

Nobody has the access token of such an item. Its user sees an ended connection, and its loss raises an alarm.
"""

from tidings import clock
from tidings.store import token_leases
from tidings.store.token_leases import UnfinishedLease


def record_lost_items() -> int:
    """Record every exchange that nobody finished within the token's lifetime. Returns how many there are."""
    now = clock.now_ms()
    lost = [unfinished for unfinished in token_leases.unfinished_leases(now) if _record(unfinished, now)]
    for unfinished in lost:
        token_leases.report_not_stored(unfinished.lease, "lost")
    return len(lost)


def _record(unfinished: UnfinishedLease, now: int) -> bool:
    """Record one exchange as lost. Returns False if it was finished since it was read."""
    if unfinished.is_given_up:
        return token_leases.record_failure(unfinished.lease, "lost", now)
    return token_leases.give_up(unfinished.lease, "lost", now)
