"""Whether a user's brokers have news, for the price of one key read. Never calls a provider."""

from collections.abc import Iterable, Sequence

from tidings import clock, routes, sign_in
from tidings.answers import CombinedPending, ProviderPending
from tidings.errors import StateUnavailable
from tidings.model import ProviderName, Source
from tidings.observability import count, warned
from tidings.providers import NAMES
from tidings.store import sources
from tidings.store.sources import UserState
from tidings.web.request import Request
from tidings.web.response import Answer, tagged

_BROKEN = frozenset({"reconnect_required", "revoked"})


def show(request: Request) -> Answer:
    """GET …/pending-updates."""
    user = sign_in.user(request)
    state = state_of(user.user_id) or UserState((), {})
    provider = routes.provider_of(request)
    if provider is not None:
        return tagged(request, of_provider(state, provider))
    providers = {name: of_provider(state, name) for name in NAMES}
    body: CombinedPending = {
        "has_pending_updates": any(one["has_pending_updates"] for one in providers.values()),
        "providers": providers,
    }
    return tagged(request, body)


def state_of(user_id: str) -> UserState | None:
    """The user's update state, or None, with a warning, when its table alone does not answer: reads go on (§3)."""
    try:
        return sources.of_user(user_id)
    except StateUnavailable as error:
        warned("update state unavailable", aws_error=getattr(error.__cause__, "cause_response_code", None))
        count("StateUnavailable")
        return None


def of_provider(state: UserState, provider: ProviderName) -> ProviderPending:
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
