"""Whether a user's brokers have news, and how paid pulls go, for one key read. Never calls a provider."""

from collections.abc import Iterable, Sequence

from tidings import clock, routes
from tidings.api.request import Request
from tidings.api.response import Response, etag_response, json_response
from tidings.api.response_types import (
    CombinedPending,
    CombinedPull,
    PaidRefreshOutcome,
    ProviderPending,
    ProviderPull,
    SourcePull,
)
from tidings.auth import current_user as sign_in
from tidings.errors import StateUnavailable
from tidings.model import EVERY_SOURCE, PaidRefresh, ProviderName, Source
from tidings.observability import emit_count, log_warning
from tidings.providers import PROVIDER_NAMES
from tidings.store import sources
from tidings.store.sources import UserState

PAID_REFRESH_DEADLINE_MS = 600_000
"""Of a paid pull, from the request to the provider's news; nothing is called for it afterwards."""

_PULL_SHOWN_MS = 3_600_000
_IDLE: SourcePull = {"status": "idle", "reason": None, "requested_at": None, "retry_after": None}
_TOLD_FIRST: tuple[PaidRefreshOutcome, ...] = ("pulling", "arrived", "failed", "unavailable", "idle")
_BROKEN = frozenset({"reconnect_required", "revoked"})


def get_pending_updates(request: Request) -> Response:
    """GET …/pending-updates."""
    user = sign_in.current_user(request)
    state = user_state_or_none(user.user_id) or UserState((), {})
    provider = routes.requested_provider(request)
    if provider is not None:
        return etag_response(request, provider_pending(state, provider))
    providers = {name: provider_pending(state, name) for name in PROVIDER_NAMES}
    body: CombinedPending = {
        "has_pending_updates": any(one["has_pending_updates"] for one in providers.values()),
        "providers": providers,
    }
    return etag_response(request, body)


def handle_request(request: Request) -> Response:
    """The routes that a page polls."""
    return get_paid_refresh_status(request) if request.path.endswith("/refresh") else get_pending_updates(request)


def get_paid_refresh_status(request: Request) -> Response:
    """GET …/holdings/refresh: what became of the paid pulls."""
    user = sign_in.current_user(request)
    state = sources.read_user_state(user.user_id)
    provider = routes.requested_provider(request)
    if provider is not None:
        return json_response(200, provider_paid_refresh(state, provider))
    body: CombinedPull = {"providers": {name: provider_paid_refresh(state, name) for name in PROVIDER_NAMES}}
    return json_response(200, body)


def user_state_or_none(user_id: str) -> UserState | None:
    """The user's update state, or None, with a warning, when its table alone does not answer: reads go on (§3)."""
    try:
        return sources.read_user_state(user_id)
    except StateUnavailable as error:
        log_warning("update state unavailable", aws_error=getattr(error.__cause__, "cause_response_code", None))
        emit_count("StateUnavailable")
        return None


def provider_pending(state: UserState, provider: ProviderName) -> ProviderPending:
    mine = state.of(provider)
    retry_at = state.retry_at.get(provider, 0)
    return {
        "has_pending_updates": any(source.pending for source in mine),
        "generation": sum(source.generation for source in mine),
        "seen_generation": sum(source.seen_generation for source in mine),
        "last_update_at": _newest(source.last_update_at for source in mine),
        "last_refreshed_at": _newest(source.last_fetched_at for source in mine),
        "refresh_available_at": clock.iso(retry_at) if retry_at > clock.now_ms() else None,
        "reconnect_required": needs_reconnect(mine),
    }


def needs_reconnect(of: Sequence[Source]) -> bool:
    return any(source.status in _BROKEN for source in of)


def _newest(instants: Iterable[int | None]) -> str | None:
    known = [instant for instant in instants if instant is not None]
    return clock.iso(max(known)) if known else None


def provider_paid_refresh(state: UserState, provider: ProviderName) -> ProviderPull:
    of_sources = {row.source_id: _pull(row) for row in state.of(provider) if row.source_id != EVERY_SOURCE}
    ordered = sorted(of_sources.values(), key=lambda one: _TOLD_FIRST.index(one["status"]))
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
        "sources": of_sources,
    }


def _pull(row: Source) -> SourcePull:
    pull, now = row.paid_refresh, clock.now_ms()
    if pull is None or now - pull.requested_at > _PULL_SHOWN_MS:
        return _IDLE
    wait = -(-(pull.retry_at - now) // 1000) if pull.retry_at and pull.retry_at > now else None
    status, reason = _pull_status(row, pull, now)
    return {"status": status, "reason": reason, "requested_at": clock.iso(pull.requested_at), "retry_after": wait}


def _pull_status(row: Source, pull: PaidRefresh, now: int) -> tuple[PaidRefreshOutcome, str | None]:
    """News since the request count even where our own call failed: the provider may have taken it."""
    if pull.state == "refused":
        return "unavailable", pull.reason
    if row.generation > pull.generation:
        return "arrived", None
    if pull.state == "failed":
        return "failed", pull.reason
    return ("failed", "timed_out") if now - pull.requested_at > PAID_REFRESH_DEADLINE_MS else ("pulling", None)
