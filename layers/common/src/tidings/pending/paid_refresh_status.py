"""Derive the progress of paid refreshes from a user's update state."""

from tidings import clock
from tidings.api.response_types import PaidRefreshOutcome, ProviderPull, SourcePull
from tidings.model import PaidRefresh, ProviderName, Source
from tidings.store.user_state import UserState

PAID_REFRESH_DEADLINE_MS = 600_000
"""From the request to the provider's update. After it the provider is not called for this request any more."""

_SHOWN_MS = 3_600_000
_IDLE: SourcePull = {"status": "idle", "reason": None, "requested_at": None, "retry_after": None}
_PRECEDENCE: tuple[PaidRefreshOutcome, ...] = ("pulling", "arrived", "failed", "unavailable", "idle")


def provider_paid_refresh(state: UserState, provider: ProviderName) -> ProviderPull:
    """Sum up one provider's paid refreshes. Its status is that of its sources that comes first in `_PRECEDENCE`."""
    by_source = {row.source_id: _source_paid_refresh(row) for row in state.linked(provider)}
    ordered = sorted(by_source.values(), key=lambda one: _PRECEDENCE.index(one["status"]))
    if not ordered:
        return {**_IDLE, "sources": {}}
    waits = [one["retry_after"] for one in ordered if one["retry_after"]]
    newest = max((one["requested_at"] for one in ordered if one["requested_at"]), default=None)
    first = ordered[0]
    return {
        "status": first["status"],
        "reason": first["reason"],
        "requested_at": newest,
        "retry_after": min(waits, default=None),
        "sources": by_source,
    }


def _source_paid_refresh(row: Source) -> SourcePull:
    paid_refresh, now = row.paid_refresh, clock.now_ms()
    if paid_refresh is None or now - paid_refresh.requested_at > _SHOWN_MS:
        return _IDLE
    retry_at = paid_refresh.retry_at
    wait = clock.seconds_until(retry_at, now) if retry_at and retry_at > now else None
    status, reason = _status(row, paid_refresh, now)
    return {
        "status": status,
        "reason": reason,
        "requested_at": clock.iso(paid_refresh.requested_at),
        "retry_after": wait,
    }


def _status(row: Source, paid_refresh: PaidRefresh, now: int) -> tuple[PaidRefreshOutcome, str | None]:
    """An update since the request counts even if our call failed: the provider may have taken it."""
    if paid_refresh.state == "refused":
        return "unavailable", paid_refresh.reason
    if row.generation > paid_refresh.generation:
        return "arrived", None
    if paid_refresh.state == "failed":
        return "failed", paid_refresh.reason
    is_overdue = now - paid_refresh.requested_at > PAID_REFRESH_DEADLINE_MS
    return ("failed", "timed_out") if is_overdue else ("pulling", None)
