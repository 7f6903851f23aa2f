"""The stored portfolio, with its date and its providers' states. Never calls a provider."""

from collections.abc import Iterable, Mapping, Sequence

from tidings import clock, routes, settings
from tidings.api.request import Request
from tidings.api.response import Response, decimal_response
from tidings.api.response_types import HoldingsAnswer, Outcome, ProviderOutcome, SourceOutcome
from tidings.auth import current_user as sign_in
from tidings.errors import Conflict
from tidings.model import EVERY_SOURCE, ProviderName, Snapshot, Source, User
from tidings.observability import emit_count, log_info
from tidings.pending.endpoint import needs_reconnect, user_state_or_none
from tidings.portfolio import accounts, changes, merge
from tidings.providers import PROVIDER_NAMES
from tidings.providers.snaptrade.users import user_id_of
from tidings.store import items, snapshots
from tidings.store.sources import SourceKey, UserState


def get_holdings(request: Request) -> Response:
    """GET …/holdings."""
    user = sign_in.current_user(request)
    provider = routes.requested_provider(request)
    state = user_state_or_none(user.user_id)
    if provider == "snaptrade" and state is not None:
        _adopt_snaptrade_user(user, state)
    stored = snapshots.read_snapshots(user.user_id, provider, clock.now_ms())
    shown = current_snapshots(stored.snapshots.values(), state)
    outcomes = {
        name: stored_provider_outcome(name, shown, state) for name in PROVIDER_NAMES if provider in {None, name}
    }
    return decimal_response(request, 200, portfolio_body(shown, outcomes, pending=_is_pending(state, outcomes)))


def current_snapshots(of: Iterable[Snapshot], state: UserState | None) -> list[Snapshot]:
    """The snapshots whose source is still linked as it was when they were fetched; all, if that can't be known."""
    if state is None:
        return list(of)
    links = {(source.provider, source.source_id): source.link_id for source in state.sources}
    return [snapshot for snapshot in of if links.get((snapshot.provider, snapshot.source_id)) == snapshot.link_id]


def portfolio_body(
    shown: Sequence[Snapshot],
    outcomes: Mapping[ProviderName, ProviderOutcome],
    *,
    pending: bool,
    changed: Iterable[tuple[Snapshot, Snapshot]] = (),
) -> HoldingsAnswer:
    """The answer of GET …/holdings and of a refresh. `last_updated`: the oldest data shown.

    `changed`: the snapshots before and after, of those that a refresh replaced.
    """
    counted = accounts.deduplicate(shown)
    oldest = min((snapshot.fetch_began_at for snapshot in shown), default=None)
    return {
        "success": True,
        "holdings": {
            "portfolio_data": merge.merge_holdings(counted, settings.main_currency()),
            "portfolio_metadata": {
                "has_pending_updates": pending,
                "last_updated": clock.iso(oldest),
                "changed": any(outcome["changed"] for outcome in outcomes.values()),
                "changes": changes.diff_snapshots(changed),
                "warnings": accounts.account_warnings(counted),
                "providers": dict(outcomes),
            },
        },
    }


def _is_pending(state: UserState | None, of: Iterable[ProviderName]) -> bool:
    return state is not None and any(source.pending for name in of for source in state.of(name))


def stored_provider_outcome(
    provider: ProviderName, shown: Sequence[Snapshot], state: UserState | None
) -> ProviderOutcome:
    """A provider that was not asked now."""
    mine = [snapshot for snapshot in shown if snapshot.provider == provider]
    linked = [source for source in (state.of(provider) if state else ()) if source.source_id != EVERY_SOURCE]
    as_of = {snapshot.source_id: snapshot.fetch_began_at for snapshot in mine}
    status: Outcome = "stored" if mine or linked else "not_connected"
    if needs_reconnect(state.of(provider) if state else ()):
        status = "reconnect_required"
    return {
        **source_outcome(status, min(as_of.values(), default=None)),
        "sources": {source.source_id: stored_source_outcome(source, as_of.get(source.source_id)) for source in linked},
    }


def stored_source_outcome(source: Source, as_of: int | None) -> SourceOutcome:
    """A source that was not asked now."""
    status: Outcome = "reconnect_required" if needs_reconnect([source]) else "stored"
    return source_outcome(status, as_of, error=source.last_error)


def source_outcome(
    status: Outcome,
    as_of: int | None = None,
    *,
    retry_after: int | None = None,
    changed: bool | None = None,
    error: str | None = None,
) -> SourceOutcome:
    return {
        "status": status,
        "as_of": clock.iso(as_of),
        "retry_after": retry_after,
        "changed": changed,
        "error": error,
    }


def _adopt_snaptrade_user(user: User, state: UserState) -> None:
    """Map the SnapTrade user that an older backend registered for this e-mail, once (§3): its webhooks find its owner.

    Only the owner is known, no credential. Another user's mapping is left alone. A personal key has no users.
    """
    if user.email is None or state.of("snaptrade") or settings.snaptrade_key_type() == "personal":
        return
    item_id = user_id_of(user.email)
    item = items.key("snaptrade", item_id)
    try:
        items.link_item(SourceKey(user.user_id, "snaptrade", EVERY_SOURCE, item), None, news=0)
    except Conflict:
        return
    log_info("snaptrade user adopted")
    emit_count("SnapTradeUserAdopted")
