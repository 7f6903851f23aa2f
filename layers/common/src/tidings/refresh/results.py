"""How a refresh ended, provider by provider and source by source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tidings.api.response_types import Outcome, ProviderOutcome, SourceOutcome
from tidings.errors import CoolingDown, NotConfigured, NotOffered, ProviderLimit, ReconnectRequired, TidingsError
from tidings.model import EVERY_SOURCE, ProviderName, Snapshot, Source
from tidings.portfolio import endpoint
from tidings.refresh.provider_fetch import FetchResult
from tidings.store.cooldowns import Cooldown


@dataclass(slots=True, repr=False, eq=False)
class ProviderRefresh:
    """One provider's part of a refresh. `error`: why it was not asked, or why nothing it was asked came back."""

    provider: ProviderName
    claim: Cooldown | None = None
    error: TidingsError | None = None
    unlinked: bool = False
    results: dict[str, FetchResult] = field(default_factory=dict)


def provider_error(results: Iterable[FetchResult]) -> TidingsError | None:
    """The error of a provider of which nothing that was asked came back."""
    errors = [result.error for result in results]
    failed = [error for error in errors if error is not None]
    if not failed or len(failed) < len(errors):
        return None
    limits = [error for error in failed if isinstance(error, ProviderLimit)]
    broken = [error for error in failed if isinstance(error, ReconnectRequired)]
    others = [error for error in failed if not isinstance(error, NotOffered)]
    return (limits or broken or others or failed)[0]


def shared_error(parts: Sequence[ProviderRefresh]) -> TidingsError | None:
    """The error that all parts share; what came from one provider is never hidden by the other's failure (§3)."""
    asked = [part for part in parts if not (part.unlinked or isinstance(part.error, NotConfigured))] or list(parts)
    errors = [part.error for part in asked if part.error is not None and not isinstance(part.error, NotOffered)]
    if len(errors) < len(asked) or len({error.status for error in errors}) > 1:
        return None
    waits = [error.retry_after_s for error in errors if error.retry_after_s]
    if waits:
        errors[0].retry_after_s = min(waits)
    return errors[0]


def provider_outcome(part: ProviderRefresh, current: Sequence[Snapshot], rows: Sequence[Source]) -> ProviderOutcome:
    as_of = {one.source_id: one.fetch_began_at for one in current if one.provider == part.provider}
    linked = [row for row in rows if row.source_id != EVERY_SOURCE]
    of_sources = {row.source_id: _source(part, row, as_of.get(row.source_id)) for row in linked}
    failed = next((asked.error for asked in part.results.values() if asked.error), None)
    whole = endpoint.source_outcome(
        _status(part, linked),
        min(as_of.values(), default=None),
        retry_after=part.error.retry_after_s if part.error else None,
        changed=any(one["changed"] for one in of_sources.values()) if part.results else None,
        error=error_slug(part.error or failed),
    )
    return {**whole, "sources": of_sources}


def _source(part: ProviderRefresh, row: Source, as_of: int | None) -> SourceOutcome:
    asked = part.results.get(row.source_id)
    if asked is None:
        return endpoint.stored_source_outcome(row, as_of)
    retry_after = asked.error.retry_after_s if asked.error else None
    return endpoint.source_outcome(
        _named(asked.error), as_of, retry_after=retry_after, changed=asked.changed, error=error_slug(asked.error)
    )


def _status(part: ProviderRefresh, linked: Sequence[Source]) -> Outcome:
    if part.unlinked or (part.error is None and not linked):
        return "not_connected"
    return _named(part.error)


def _named(error: TidingsError | None) -> Outcome:
    if error is None:
        return "fresh"
    if isinstance(error, CoolingDown | ProviderLimit):
        return "cooling_down"
    if isinstance(error, ReconnectRequired):
        return "reconnect_required"
    return "not_configured" if isinstance(error, NotConfigured) else "failed"


def error_slug(error: TidingsError | None) -> str | None:
    return error.slug if error else None
