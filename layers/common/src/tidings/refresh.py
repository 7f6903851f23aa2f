"""A refresh: claim, ask only what needs asking, store and clear, answer with the outcome of each provider."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

from tidings import bodies, clock, holdings, providers, routes, settings, sign_in
from tidings.answers import Outcome, ProviderOutcome, SourceOutcome
from tidings.bodies import RefreshBody
from tidings.errors import (
    CoolingDown,
    NotConfigured,
    ProviderLimit,
    ReconnectRequired,
    TidingsError,
)
from tidings.fetching import Asked, ProviderFetch
from tidings.model import EVERY_SOURCE, ProviderName, Snapshot, Source
from tidings.observability import count, told
from tidings.providers import NAMES
from tidings.store import claims, items, secrets, snapshots, sources
from tidings.store.claims import Claim
from tidings.store.items import Sealed
from tidings.store.snapshots import Stored
from tidings.store.sources import UserState
from tidings.web.request import Request
from tidings.web.response import Answer, exact

_ASKING_S = 22.0
"""How long providers may take: the whole answers within 25 s, and the function is killed at 29."""


@dataclass(slots=True)
class Part:
    """One provider's part of a refresh. `error`: why it was not asked, or why nothing it was asked came back."""

    provider: ProviderName
    claim: Claim | None = None
    error: TidingsError | None = None
    unlinked: bool = False
    results: dict[str, Asked] = field(default_factory=dict)


def refresh(request: Request) -> Answer:
    """POST …/holdings/refresh."""
    user = sign_in.user(request)
    wanted, everything = _wanted(request)
    deadline = time.monotonic() + _ASKING_S
    parts = [Part(name) for name in wanted]
    state = sources.of_user(user.user_id)
    sealed = _sealed(state, wanted)
    for part in parts:
        _admit(part, user.user_id, state, sealed)
    claimed = [part for part in parts if part.claim]
    stored = snapshots.of_user(user.user_id, routes.provider_of(request), clock.now_ms())
    if claimed:
        state = sources.of_user(user.user_id)
        _ask(claimed, state, stored, sealed, everything=everything, deadline=deadline)
        snapshots.delete_entries(user.user_id, stored.strays)
        state = sources.of_user(user.user_id)
    return _answer(request, parts, state, _shown(user.user_id, request, parts, stored))


def _wanted(request: Request) -> tuple[Sequence[ProviderName], bool]:
    body = bodies.read(request, RefreshBody)
    provider = routes.provider_of(request)
    if provider is not None:
        return [provider], body.all
    return [name for name in NAMES if body.providers is None or name in body.providers], body.all


def _sealed(state: UserState, wanted: Sequence[ProviderName]) -> dict[str, Sealed]:
    mine = [items.key(row.provider, row.item_id) for row in state.sources if row.provider in wanted]
    return items.sealed(mine) if mine else {}


def _admit(part: Part, user_id: str, state: UserState, sealed: dict[str, Sealed]) -> None:
    """Take the provider's claim, or find out why it can't be asked: then no claim is taken."""
    rows = state.of(part.provider)
    if not providers.holdings(part.provider).configured(secrets.app(part.provider)):
        part.error = NotConfigured(f"The provider {part.provider} is not configured.")
    elif not rows:
        part.unlinked = True
    elif not any(items.key(row.provider, row.item_id) in sealed for row in rows):
        part.error = ReconnectRequired("credential_lost")
    else:
        try:
            part.claim = claims.claim(user_id, part.provider, clock.now_ms(), settings.refresh_cooldown_ms())
        except CoolingDown as error:
            part.error = error
            count("CoolingDown", provider=part.provider)


def _ask(
    parts: Sequence[Part],
    state: UserState,
    stored: Stored,
    sealed: dict[str, Sealed],
    *,
    everything: bool,
    deadline: float,
) -> None:
    """Ask the claimed providers side by side, each in a thread that stores what comes; all have ended on return."""

    def ask(part: Part) -> None:
        fetch = ProviderFetch(
            user_id=cast(Claim, part.claim).user_id,
            provider=part.provider,
            rows=state.of(part.provider),
            stored=stored.snapshots,
            sealed=sealed,
            app=secrets.app(part.provider),
            everything=everything,
            deadline=deadline,
        )
        try:
            part.results = {asked.source_id: asked for asked in fetch.run()}
        except TidingsError as error:
            part.error = error
        else:
            part.error = _common_error(part.results.values())
        _end(part)

    if len(parts) == 1:
        ask(parts[0])
        return
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        for done in [pool.submit(ask, part) for part in parts]:
            done.result()


def _common_error(results: Iterable[Asked]) -> TidingsError | None:
    """The error of a provider of which nothing that was asked came back."""
    errors = [result.error for result in results]
    failed = [error for error in errors if error is not None]
    if not failed or len(failed) < len(errors):
        return None
    limits = [error for error in failed if isinstance(error, ProviderLimit)]
    broken = [error for error in failed if isinstance(error, ReconnectRequired)]
    return (limits or broken or failed)[0]


def _end(part: Part) -> None:
    """Log how it went, and give the claim back where an outage would cost the user a minute (§4.5)."""
    fresh = sum(1 for asked in part.results.values() if asked.error is None)
    told("refreshed", provider=part.provider, fresh=fresh, asked=len(part.results), error=_slug(part.error))
    count("RefreshFailed" if part.error else "Refreshed", provider=part.provider)
    if part.error is None or part.claim is None:
        return
    errors = [asked.error for asked in part.results.values() if asked.error] or [part.error]
    waits = [error.retry_after_s or 60 for error in errors if isinstance(error, ProviderLimit)]
    if waits:
        claims.release(part.claim, clock.now_ms() + 1000 * max(waits))
    elif not any(isinstance(error, ReconnectRequired) for error in errors):
        claims.release(part.claim)


def _shown(
    user_id: str, request: Request, parts: Sequence[Part], stored: Stored
) -> dict[tuple[ProviderName, str], Snapshot]:
    """What is stored now. Read again only where another refresh stored something newer than ours."""
    results = [(part.provider, asked) for part in parts for asked in part.results.values()]
    if any(asked.error is None and asked.snapshot is None for _, asked in results):
        return snapshots.of_user(user_id, routes.provider_of(request), clock.now_ms()).snapshots
    fresh = {(provider, asked.source_id): asked.snapshot for provider, asked in results if asked.snapshot}
    return {**stored.snapshots, **fresh}


def _answer(
    request: Request, parts: Sequence[Part], state: UserState, shown: dict[tuple[ProviderName, str], Snapshot]
) -> Answer:
    failure = _failure(parts)
    if failure is not None:
        raise failure
    current = holdings.current(shown.values(), state)
    outcomes = {part.provider: _outcome(part, current, state.of(part.provider)) for part in parts}
    for name in NAMES:
        if routes.provider_of(request) is None and name not in outcomes:
            outcomes[name] = holdings.stored_provider(name, current, state)
    pending = any(source.pending for name in outcomes for source in state.of(name))
    return exact(request, 200, holdings.body(current, outcomes, pending=pending))


def _failure(parts: Sequence[Part]) -> TidingsError | None:
    """The error that all parts share; what came from one provider is never hidden by the other's failure (§3)."""
    asked = [part for part in parts if not (part.unlinked or isinstance(part.error, NotConfigured))] or list(parts)
    errors = [part.error for part in asked]
    first = errors[0]
    if first is None or any(error is None or error.status != first.status for error in errors):
        return None
    waits = [error.retry_after_s for error in errors if error and error.retry_after_s]
    if waits:
        first.retry_after_s = min(waits)
    return first


def _outcome(part: Part, current: Sequence[Snapshot], rows: Sequence[Source]) -> ProviderOutcome:
    as_of = {one.source_id: one.fetch_began_at for one in current if one.provider == part.provider}
    linked = [row for row in rows if row.source_id != EVERY_SOURCE]
    of_sources = {row.source_id: _source(part, row, as_of.get(row.source_id)) for row in linked}
    failed = next((asked.error for asked in part.results.values() if asked.error), None)
    whole = holdings.outcome(
        _status(part, linked),
        min(as_of.values(), default=None),
        retry_after=part.error.retry_after_s if part.error else None,
        changed=any(one["changed"] for one in of_sources.values()) if part.results else None,
        error=_slug(part.error or failed),
    )
    return {**whole, "sources": of_sources}


def _source(part: Part, row: Source, as_of: int | None) -> SourceOutcome:
    asked = part.results.get(row.source_id)
    if asked is None:
        return holdings.stored_source(row, as_of)
    retry_after = asked.error.retry_after_s if asked.error else None
    return holdings.outcome(
        _named(asked.error), as_of, retry_after=retry_after, changed=asked.changed, error=_slug(asked.error)
    )


def _status(part: Part, linked: Sequence[Source]) -> Outcome:
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


def _slug(error: TidingsError | None) -> str | None:
    return error.slug if error else None
