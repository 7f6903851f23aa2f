"""Which sources the reconciler looks into. Clocks only say when; what is newer the provider's stamps say (§6)."""

from collections.abc import Iterable
from typing import Literal

from tidings.errors import NotOffered
from tidings.model import Source

CheckReason = Literal["late webhook", "unchanged", "failed", "reconnect", "silent"]

RECHECK_AFTER_MS = 3_600_000
"""Between two looks for a reason that a look does not end."""


def check_reason(source: Source, silent_after_ms: int, now: int) -> CheckReason | None:
    """Why its provider should be asked now."""
    looked_at = source.last_reconcile_at or 0
    if source.status == "revoked":
        return None
    if source.check_due is not None and (source.check_due > looked_at or now - looked_at >= RECHECK_AFTER_MS):
        return "late webhook"
    if source.look_again_at is not None and looked_at < source.look_again_at <= now:
        return "unchanged"
    if now - looked_at >= RECHECK_AFTER_MS:
        if source.status == "reconnect_required":
            return "reconnect"
        if source.last_error is not None and source.last_error != NotOffered.slug:
            return "failed"
    heard_at = max(looked_at, source.last_update_at or 0, source.last_fetched_at or 0)
    return "silent" if now - heard_at >= silent_after_ms else None


def first_check_reason(sources: Iterable[Source], silent_after_ms: int, now: int) -> CheckReason | None:
    """One look answers for all sources of an item, so the first reason is enough."""
    return next((why for source in sources if (why := check_reason(source, silent_after_ms, now))), None)


def may_have_update(source: Source) -> bool:
    """Whether it can be marked: not what is pending anyway, nor what has nothing to fetch, unless told of late."""
    settled = source.last_error == NotOffered.slug and source.check_due is None
    return not source.is_wildcard and not source.pending and not settled
