"""Answer the polled routes: pending updates and the progress of paid refreshes. Never calls a provider."""

from collections.abc import Iterable

from tidings import clock, settings
from tidings.api.request import Request
from tidings.api.response import Response, etag_response, json_response
from tidings.api.response_types import CombinedPending, CombinedPull, ProviderPending
from tidings.auth.current_user import current_user
from tidings.model import ProviderName
from tidings.pending.paid_refresh_status import provider_paid_refresh
from tidings.providers import PROVIDER_NAMES
from tidings.store import user_state
from tidings.store.user_state import UserState

TIME_LIMIT_S = 8.0
"""For one request. The function is killed after 10 s."""


def handle_request(request: Request) -> Response:
    """Answer a polled route."""
    return get_paid_refresh_status(request) if request.route.endswith("/refresh") else get_pending_updates(request)


def get_pending_updates(request: Request) -> Response:
    """GET …/pending-updates: one read of the user's state, 304 if it has not changed.

    A state that can't be read is unknown, not empty, and the response says so.
    """
    user = current_user(request)
    state = user_state.user_state_or_none(user.user_id)
    if request.provider is not None:
        return etag_response(request, provider_pending(state, request.provider))
    return etag_response(request, _combined_pending(state))


def _combined_pending(state: UserState | None) -> CombinedPending:
    providers = {name: provider_pending(state, name) for name in PROVIDER_NAMES}
    body: CombinedPending = {
        "has_pending_updates": any(one["has_pending_updates"] for one in providers.values()),
        "providers": providers,
        "live": settings.live_updates(),
    }
    if state is None:
        body["state_unknown"] = True
    return body


def get_paid_refresh_status(request: Request) -> Response:
    """GET …/holdings/refresh: the progress of paid refreshes."""
    user = current_user(request)
    state = user_state.read_user_state(user.user_id)
    if request.provider is not None:
        return json_response(200, provider_paid_refresh(state, request.provider))
    body: CombinedPull = {"providers": {name: provider_paid_refresh(state, name) for name in PROVIDER_NAMES}}
    return json_response(200, body)


def provider_pending(state: UserState | None, provider: ProviderName) -> ProviderPending:
    """Sum up the state of one provider's sources."""
    mine = state.of_provider(provider) if state else ()
    retry_at = state.retry_at.get(provider, 0) if state else 0
    body: ProviderPending = {
        "has_pending_updates": any(source.pending for source in mine),
        "generation": sum(source.generation for source in mine),
        "seen_generation": sum(source.seen_generation for source in mine),
        "last_update_at": _newest(source.last_update_at for source in mine),
        "last_refreshed_at": _newest(source.last_fetched_at for source in mine),
        "refresh_available_at": clock.iso(retry_at) if retry_at > clock.now_ms() else None,
        "reconnect_required": any(source.needs_reconnect for source in mine),
    }
    if state is None:
        body["state_unknown"] = True
    return body


def _newest(instants: Iterable[int | None]) -> str | None:
    known = [instant for instant in instants if instant is not None]
    return clock.iso(max(known)) if known else None
