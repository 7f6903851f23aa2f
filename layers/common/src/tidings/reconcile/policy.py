"""Decide which sources the reconciler checks (docs/decisions/0013).

Clocks decide when to check; the provider's stamps decide what changed.
"""

from collections.abc import Iterable
from typing import Literal

from tidings.errors import NotOffered
from tidings.model import Source

CheckReason = Literal["late webhook", "unchanged", "failed", "reconnect", "silent"]

RECHECK_AFTER_MS = 3_600_000
"""The interval between status checks for a reason that a check may not resolve."""


def check_reason(source: Source, silent_after_ms: int, now: int) -> CheckReason | None:
    """Return why the source is due for a status check, or None."""
    checked_at = source.last_reconcile_at or 0
    if source.status == "revoked":
        return None
    if source.check_due is not None and (source.check_due > checked_at or now - checked_at >= RECHECK_AFTER_MS):
        return "late webhook"
    if source.look_again_at is not None and checked_at < source.look_again_at <= now:
        return "unchanged"
    if now - checked_at >= RECHECK_AFTER_MS:
        if source.status == "reconnect_required":
            return "reconnect"
        if source.last_error is not None and source.last_error != NotOffered.slug:
            return "failed"
    last_sign_at = max(checked_at, source.last_update_at or 0, source.last_fetched_at or 0)
    return "silent" if now - last_sign_at >= silent_after_ms else None


def first_check_reason(sources: Iterable[Source], silent_after_ms: int, now: int) -> CheckReason | None:
    """Return the first source's reason: one status check covers all sources of an item."""
    return next((reason for source in sources if (reason := check_reason(source, silent_after_ms, now))), None)


def may_have_update(source: Source) -> bool:
    """Return whether a status check can record an update on the source.

    A pending source has one already, and an ended source cannot be fetched. A source without investments has none,
    unless a late webhook makes a check due.
    """
    has_nothing_to_fetch = source.last_error == NotOffered.slug and source.check_due is None
    return not (source.is_wildcard or source.pending or source.has_ended or has_nothing_to_fetch)
