"""Decide which sources the reconciler checks, and when their item is due again (docs/decisions/0013).

Clocks decide when to check; the provider's stamps decide what changed.
"""

import random
from collections.abc import Iterable
from typing import Literal

from tidings.clock import DAY_MS
from tidings.errors import NotOffered
from tidings.model import Source

CheckReason = Literal["late webhook", "unchanged", "failed", "reconnect", "silent"]

RECHECK_AFTER_MS = 3_600_000
"""The least interval between status checks for a reason that a check may not resolve."""

REPEAT_AFTER_MS = 12 * 3_600_000
"""The interval at which such a check is repeated, if nothing asks for it earlier."""


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
    return "silent" if now - _last_sign_at(source) >= silent_after_ms else None


def first_check_reason(sources: Iterable[Source], silent_after_ms: int, now: int) -> CheckReason | None:
    """Return the first source's reason: one status check covers all sources of an item."""
    return next((reason for source in sources if (reason := check_reason(source, silent_after_ms, now))), None)


def next_check_at(sources: Iterable[Source], silent_after_ms: int, now: int) -> int:
    """Return when the item of these sources is due again: daily, or earlier for a reason that is foreseen."""
    foreseen = (_reason_at(source, silent_after_ms, now) for source in sources if source.status != "revoked")
    return min([daily_check_at(now), *foreseen])


def daily_check_at(now: int) -> int:
    """Return an instant within a day, with time left to run. Random, so that the items spread over the day."""
    return now + round(random.uniform(0.75, 0.95) * DAY_MS)


def _reason_at(source: Source, silent_after_ms: int, now: int) -> int:
    """Return when the source is expected to have a reason."""
    checked_at = source.last_reconcile_at or 0
    expected = [_last_sign_at(source) + silent_after_ms]
    if source.check_due is not None:
        interval = min(max(now - source.check_due, RECHECK_AFTER_MS), REPEAT_AFTER_MS)
        expected.append(checked_at + interval)
    if source.look_again_at is not None and source.look_again_at > checked_at:
        expected.append(source.look_again_at)
    if source.status == "reconnect_required" or source.last_error not in {None, NotOffered.slug}:
        expected.append(checked_at + REPEAT_AFTER_MS)
    return min(expected)


def _last_sign_at(source: Source) -> int:
    """Return when the source was last checked, updated or fetched; 0 if never."""
    return max(source.last_reconcile_at or 0, source.last_update_at or 0, source.last_fetched_at or 0)


def may_have_update(source: Source) -> bool:
    """Return whether a status check can record an update on the source.

    A pending source has one already, and an ended source cannot be fetched. A source without investments has none,
    unless a late webhook makes a check due.
    """
    has_nothing_to_fetch = source.last_error == NotOffered.slug and source.check_due is None
    return not (source.is_wildcard or source.pending or source.has_ended or has_nothing_to_fetch)
