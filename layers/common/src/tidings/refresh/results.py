"""Describe how a refresh ended, per provider and per source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tidings.api.response_types import Outcome, ProviderOutcome, SourceOutcome
from tidings.errors import (
    ConnectionEnded,
    CoolingDown,
    NotConfigured,
    NotOffered,
    ProviderLimit,
    ReconnectRequired,
    TidingsError,
)
from tidings.holdings import Snapshot
from tidings.model import ProviderName, Source
from tidings.portfolio import view
from tidings.store.cooldowns import Cooldown, RunningCooldown
from tidings.store.user_state import UserState


class FetchResult(NamedTuple):
    """The result of fetching one source: a snapshot or an error. `before`: the snapshot that it replaced.

    Neither is set if another refresh stored a newer snapshot in the meantime.
    """

    source_id: str
    snapshot: Snapshot | None = None
    error: TidingsError | None = None
    before: Snapshot | None = None

    @property
    def changed(self) -> bool | None:
        """Whether the holdings differ from those before; None without a snapshot."""
        if self.snapshot is None:
            return None
        return self.before is None or self.before.digest != self.snapshot.digest


DEFAULT_WAIT_S = 60
"""After a provider's limit that names no wait."""


class FirstFetch(NamedTuple):
    """What another refresh's cooldown permits: the first fetches that `fetcher` acquired.

    `expecting`: instead, a listing of these wildcard rows' items, which may find a new connection.
    """

    running: RunningCooldown
    fetcher: str
    expecting: tuple[Source, ...] = ()


@dataclass(slots=True, repr=False, eq=False)
class ProviderRefresh:
    """One provider's part of a refresh. `error`: why it was not called, or why no source was fetched.

    `first_fetch`: what may be fetched although a cooldown runs.
    """

    provider: ProviderName
    cooldown: Cooldown | None = None
    first_fetch: FirstFetch | None = None
    error: TidingsError | None = None
    is_unlinked: bool = False
    results: dict[str, FetchResult] = field(default_factory=dict)


def provider_error(results: Iterable[FetchResult]) -> TidingsError | None:
    """Return the error of a provider of which every fetch failed; None if one succeeded.

    Sources that were not fetched, since they ended or are cooling down, decide only if there are no others.
    """
    errors = [result.error for result in results]
    errors = [error for error in errors if not isinstance(error, ConnectionEnded | CoolingDown)] or errors
    failed = [error for error in errors if error is not None]
    if not failed or len(failed) < len(errors):
        return None
    limits = [error for error in failed if isinstance(error, ProviderLimit)]
    reconnects = [error for error in failed if isinstance(error, ReconnectRequired)]
    others = [error for error in failed if not isinstance(error, NotOffered)]
    return (reconnects or limits or others or failed)[0]


def shared_error(refreshes: Sequence[ProviderRefresh]) -> TidingsError | None:
    """Return the error to raise if all providers failed alike; None if any succeeded or they failed differently.

    Of several it is the one that ends first: its wait is the shortest.
    """
    tried = [one for one in refreshes if not (one.is_unlinked or isinstance(one.error, NotConfigured))]
    tried = tried or list(refreshes)
    errors = [one.error for one in tried if one.error is not None and not isinstance(one.error, NotOffered)]
    if len(errors) < len(tried) or len({error.status for error in errors}) > 1:
        return None
    waiting = [error for error in errors if error.retry_after_s]
    return min(waiting, key=lambda error: error.retry_after_s or 0, default=errors[0])


def provider_outcomes(
    refreshes: Iterable[ProviderRefresh], current: Sequence[Snapshot], state: UserState
) -> dict[ProviderName, ProviderOutcome]:
    return {one.provider: provider_outcome(one, current, state) for one in refreshes}


def provider_outcome(refresh: ProviderRefresh, current: Sequence[Snapshot], state: UserState) -> ProviderOutcome:
    """Build the outcome of one provider and its sources."""
    as_of = {one.source_id: one.fetch_began_at for one in current if one.provider == refresh.provider}
    linked = state.linked(refresh.provider)
    by_source = {row.source_id: _source_outcome(refresh, row, as_of.get(row.source_id)) for row in linked}
    first_failure = next((result.error for result in refresh.results.values() if result.error), None)
    whole = view.source_outcome(
        _provider_status(refresh, linked),
        min(as_of.values(), default=None),
        retry_after=refresh.error.retry_after_s if refresh.error else None,
        changed=any(one["changed"] for one in by_source.values()) if refresh.results else None,
        error=error_slug(refresh.error or first_failure),
    )
    return {**whole, "sources": by_source}


def _source_outcome(refresh: ProviderRefresh, row: Source, as_of: int | None) -> SourceOutcome:
    result = refresh.results.get(row.source_id)
    if result is None:
        return view.stored_source_outcome(row, as_of)
    return view.source_outcome(
        _status(result.error),
        as_of,
        retry_after=result.error.retry_after_s if result.error else None,
        changed=result.changed,
        error=error_slug(result.error),
    )


def _provider_status(refresh: ProviderRefresh, linked: Sequence[Source]) -> Outcome:
    if refresh.is_unlinked or (refresh.error is None and not linked):
        return "not_connected"
    status = _status(refresh.error)
    # Waiting helps no source that needs its user.
    return "reconnect_required" if status == "cooling_down" and _needs_reconnect(refresh, linked) else status


def _needs_reconnect(refresh: ProviderRefresh, linked: Sequence[Source]) -> bool:
    fetched = [result.error for result in refresh.results.values()]
    return any(row.needs_reconnect for row in linked) or any(isinstance(error, ReconnectRequired) for error in fetched)


def _status(error: TidingsError | None) -> Outcome:
    if error is None:
        return "fresh"
    if isinstance(error, CoolingDown | ProviderLimit):
        return "cooling_down"
    if isinstance(error, ReconnectRequired):
        return "reconnect_required"
    return "not_configured" if isinstance(error, NotConfigured) else "failed"


def error_slug(error: TidingsError | None) -> str | None:
    """Return the error's problem slug."""
    return error.slug if error else None
