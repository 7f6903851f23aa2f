"""How much one user may change in a minute, so that nobody's script spends what all users share.

For what calls a provider or writes, and has no cooldown of its own: reads cost a key read, and a refresh takes a claim.
The gateway's throttling counts all callers together; this counts one.
"""

from tidings import clock
from tidings.errors import StoreUnavailable, TooManyRequests
from tidings.model import User
from tidings.observability import emit_count, log_warning
from tidings.store import rate_counters

CHANGES_PER_MINUTE = 30
_MINUTE_MS = 60_000


def limit_connection_changes(user: User) -> None:
    """Count one change of the user's connections. TooManyRequests when this minute has had enough of them.

    Goes on when the count can't be kept: a limit protects money, not data, and the store's own failure comes next.
    """
    now = clock.now_ms()
    try:
        admitted = rate_counters.count_calls(f"user#{user.user_id}", now // _MINUTE_MS, 1, CHANGES_PER_MINUTE)
    except StoreUnavailable as error:
        log_warning("limit unavailable", aws_error=getattr(error.__cause__, "cause_response_code", None))
        emit_count("LimitUnavailable")
        return
    if not admitted:
        raise TooManyRequests(retry_after_s=-(-(_MINUTE_MS - now % _MINUTE_MS) // 1000))
