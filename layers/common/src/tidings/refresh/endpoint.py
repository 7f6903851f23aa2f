"""A refresh: claim, ask only what needs asking, store and clear, answer with the outcome of each provider."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast

from tidings import clock, providers, routes
from tidings.api import request_bodies
from tidings.api.request import Request
from tidings.api.request_bodies import RefreshBody
from tidings.api.response import Response, decimal_response
from tidings.auth import current_user as sign_in
from tidings.aws import secrets
from tidings.errors import (
    NotOffered,
    ProviderLimit,
    ProviderMisconfigured,
    ReconnectRequired,
    StoreUnavailable,
    TidingsError,
)
from tidings.model import ProviderName, Snapshot
from tidings.observability import emit_count, log_info
from tidings.portfolio import endpoint
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.providers import PROVIDER_NAMES
from tidings.refresh import admission, paid_refresh
from tidings.refresh import results as outcomes
from tidings.refresh.provider_fetch import ProviderFetch
from tidings.refresh.results import ProviderRefresh
from tidings.side_by_side import run_concurrently
from tidings.store import cooldowns, snapshots, sources
from tidings.store.cooldowns import Cooldown
from tidings.store.items import EncryptedCredential
from tidings.store.snapshots import StoredSnapshots
from tidings.store.sources import UserState

_ASKING_S = 22.0
"""How long providers may take: the whole answers within 25 s, and the function is killed at 29."""


def refresh(request: Request) -> Response:
    """POST …/holdings/refresh."""
    user = sign_in.current_user(request)
    body = request_bodies.parse_body(request, RefreshBody)
    wanted = _wanted(request, body)
    if body.paid:
        return paid_refresh.request(request, user.user_id, wanted)
    deadline = time.monotonic() + _ASKING_S
    parts = [ProviderRefresh(name) for name in wanted]
    state = sources.read_user_state(user.user_id)
    sealed = admission.encrypted_credentials(state, wanted)
    run_concurrently([partial(admission.acquire_cooldown, part, user.user_id, state, sealed) for part in parts])
    claimed = [part for part in parts if part.claim]
    stored, state = _read(user.user_id, request)
    if claimed:
        _ask(claimed, state, stored, sealed, everything=body.all, deadline=deadline)
        state = _tidied(user.user_id, claimed, stored)
    return _answer(request, parts, state, _shown(user.user_id, request, parts, stored))


def _read(user_id: str, request: Request) -> tuple[StoredSnapshots, UserState]:
    """What is there once the claims are ours, both at once."""
    with ThreadPoolExecutor(1) as pool:
        state = pool.submit(sources.read_user_state, user_id)
        stored = snapshots.read_snapshots(user_id, routes.requested_provider(request), clock.now_ms())
        return stored, state.result()


def _tidied(user_id: str, parts: Sequence[ProviderRefresh], stored: StoredSnapshots) -> UserState:
    """The state after the fetch, while the content that no head names any more is deleted."""
    replaced = [
        stored.snapshots[part.provider, asked.source_id]
        for part in parts
        for asked in part.results.values()
        if asked.snapshot and (part.provider, asked.source_id) in stored.snapshots
    ]
    doomed = [*stored.orphaned_parts, *(entry for snapshot in replaced for entry in snapshots.part_keys(snapshot))]
    with ThreadPoolExecutor(1) as pool:
        deleted = pool.submit(snapshots.delete_entries, user_id, doomed)
        state = sources.read_user_state(user_id)
        deleted.result()
    return state


def _wanted(request: Request, body: RefreshBody) -> Sequence[ProviderName]:
    provider = routes.requested_provider(request)
    if provider is not None:
        return [provider]
    return [name for name in PROVIDER_NAMES if body.providers is None or name in body.providers]


def _ask(
    parts: Sequence[ProviderRefresh],
    state: UserState,
    stored: StoredSnapshots,
    sealed: dict[str, EncryptedCredential],
    *,
    everything: bool,
    deadline: float,
) -> None:
    """Ask the claimed providers side by side, each in a thread that stores what comes; all have ended on return."""

    def ask(part: ProviderRefresh) -> None:
        claimed = cast(Cooldown, part.claim)
        rate_limiter = RateLimiter(part.provider, providers.holdings_reader(part.provider).CALLS_PER_MINUTE)
        fetch = ProviderFetch(
            Credentials(claimed.user_id, part.provider, secrets.app_secret(part.provider), sealed, rate_limiter),
            rate_limiter,
            rows=state.of(part.provider),
            stored=stored.snapshots,
            everything=everything,
            deadline=deadline,
        )
        try:
            part.results = {asked.source_id: asked for asked in fetch.run()}
        except TidingsError as error:
            part.error = error
        else:
            part.error = outcomes.provider_error(part.results.values())
        _end(part, claimed)

    run_concurrently([partial(ask, part) for part in parts])


def _end(part: ProviderRefresh, claim: Cooldown) -> None:
    """Log how it went, and give the claim back where an outage would cost the user a minute (§4.5)."""
    fresh = sum(1 for asked in part.results.values() if asked.error is None)
    log_info(
        "refreshed", provider=part.provider, fresh=fresh, asked=len(part.results), error=outcomes.error_slug(part.error)
    )
    emit_count("RefreshFailed" if part.error else "Refreshed", provider=part.provider)
    errors = [asked.error for asked in part.results.values()] or [part.error]
    if any(isinstance(error, ProviderMisconfigured) for error in errors):
        emit_count("ProviderMisconfigured", provider=part.provider)
    if part.error is None or (isinstance(part.error, StoreUnavailable) and not part.results):
        return  # all is well, or we don't know what was asked: then the claim runs out by itself
    waits = [error.retry_after_s or 60 for error in errors if isinstance(error, ProviderLimit)]
    if waits:
        cooldowns.release(claim, clock.now_ms() + 1000 * max(waits))
    elif not any(isinstance(error, ReconnectRequired | NotOffered) for error in errors):
        cooldowns.release(claim)


def _shown(
    user_id: str, request: Request, parts: Sequence[ProviderRefresh], stored: StoredSnapshots
) -> dict[tuple[ProviderName, str], Snapshot]:
    """What is stored now. Read again only where another refresh stored something newer than ours."""
    results = [(part.provider, asked) for part in parts for asked in part.results.values()]
    if any(asked.error is None and asked.snapshot is None for _, asked in results):
        return snapshots.read_snapshots(user_id, routes.requested_provider(request), clock.now_ms()).snapshots
    fresh = {(provider, asked.source_id): asked.snapshot for provider, asked in results if asked.snapshot}
    return {**stored.snapshots, **fresh}


def _answer(
    request: Request,
    parts: Sequence[ProviderRefresh],
    state: UserState,
    shown: dict[tuple[ProviderName, str], Snapshot],
) -> Response:
    failure = outcomes.shared_error(parts)
    if failure is not None:
        raise failure
    current = endpoint.current_snapshots(shown.values(), state)
    told_of = {part.provider: outcomes.provider_outcome(part, current, state.of(part.provider)) for part in parts}
    for name in PROVIDER_NAMES:
        if routes.requested_provider(request) is None and name not in told_of:
            told_of[name] = endpoint.stored_provider_outcome(name, current, state)
    pending = any(source.pending for name in told_of for source in state.of(name))
    asked = [one for part in parts for one in part.results.values()]
    changed = [(one.before, one.snapshot) for one in asked if one.before and one.snapshot]
    return decimal_response(request, 200, endpoint.portfolio_body(current, told_of, pending=pending, changed=changed))
