"""Build the bodies of GET …/holdings and of a refresh from stored snapshots and update state."""

from collections.abc import Iterable, Mapping, Sequence

from tidings import clock, settings
from tidings.api.portfolio_types import HoldingsAnswer
from tidings.api.response_types import Outcome, ProviderOutcome, SourceOutcome
from tidings.holdings import Snapshot
from tidings.model import ProviderName, Source
from tidings.portfolio import accounts, changes, merge
from tidings.store.user_state import UserState


def current_snapshots(stored: Iterable[Snapshot], state: UserState | None) -> list[Snapshot]:
    """Keep the snapshots whose source has the same link as when they were fetched; all, if the state is unknown."""
    if state is None:
        return list(stored)
    links = {(source.provider, source.source_id): source.link_id for source in state.sources}
    return [snapshot for snapshot in stored if links.get((snapshot.provider, snapshot.source_id)) == snapshot.link_id]


def portfolio_body(
    shown: Sequence[Snapshot],
    outcomes: Mapping[ProviderName, ProviderOutcome],
    *,
    pending: bool,
    currency: str,
    changed: Iterable[tuple[Snapshot, Snapshot]] = (),
) -> HoldingsAnswer:
    """Build the whole body. `last_updated` is the date of the oldest snapshot shown.

    `currency`: of the converted total, whose rates are read here. `changed`: the snapshots before and after, of the
    sources that a refresh replaced.
    """
    from tidings.portfolio.converted_total import converted_total  # lazy: imported once there is something to show

    deduplicated = accounts.deduplicate(shown)
    data = merge.merge_holdings(deduplicated, settings.main_currency())
    data["converted_total"] = converted_total(deduplicated, currency)
    oldest = min((snapshot.fetch_began_at for snapshot in shown), default=None)
    return {
        "success": True,
        "holdings": {
            "portfolio_data": data,
            "portfolio_metadata": {
                "has_pending_updates": pending,
                "last_updated": clock.iso(oldest),
                "changed": any(outcome["changed"] for outcome in outcomes.values()),
                "changes": changes.diff_snapshots(changed),
                "warnings": accounts.account_warnings(deduplicated),
                "providers": dict(outcomes),
            },
        },
    }


def has_pending_updates(state: UserState | None, providers: Iterable[ProviderName]) -> bool:
    """Whether any source of these providers is pending; false if the state is unknown."""
    return state is not None and any(source.pending for name in providers for source in state.of_provider(name))


def stored_provider_outcome(
    provider: ProviderName, shown: Sequence[Snapshot], state: UserState | None
) -> ProviderOutcome:
    """Build the outcome of a provider that this request did not call."""
    mine = [snapshot for snapshot in shown if snapshot.provider == provider]
    linked = state.linked(provider) if state else ()
    as_of = {snapshot.source_id: snapshot.fetch_began_at for snapshot in mine}
    status: Outcome = "stored" if mine or linked else "not_connected"
    if state and any(source.needs_reconnect for source in state.of_provider(provider)):
        status = "reconnect_required"
    return {
        **source_outcome(status, min(as_of.values(), default=None)),
        "sources": {source.source_id: stored_source_outcome(source, as_of.get(source.source_id)) for source in linked},
    }


def stored_source_outcome(source: Source, as_of: int | None) -> SourceOutcome:
    """Build the outcome of a source that this request did not fetch."""
    status: Outcome = "reconnect_required" if source.needs_reconnect else "stored"
    return source_outcome(status, as_of, error=source.last_error)


def source_outcome(
    status: Outcome,
    as_of: int | None = None,
    *,
    retry_after: int | None = None,
    changed: bool | None = None,
    error: str | None = None,
) -> SourceOutcome:
    """Build an outcome. `as_of` in ms; `retry_after` in whole seconds; `error` is a problem's slug."""
    return {
        "status": status,
        "as_of": clock.iso(as_of),
        "retry_after": retry_after,
        "changed": changed,
        "error": error,
    }
