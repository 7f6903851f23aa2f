"""Refresh: fetch what changed once, when the user asks, and answer with the outcome per provider.

A refresh runs in six phases, which `refresh` calls from top to bottom:

1. Admit: identify the user, choose the providers, acquire each provider's cooldown (admission). Within another
   refresh's cooldown, only sources that were linked since are fetched, for the first time (first_fetch).
2. Read the generations and snapshots, after the cooldowns are acquired.
3. Fetch the providers concurrently; each stores and clears its sources (provider_fetch).
4. Settle: release the cooldown after an outage, extend it as the provider demands.
5. Raise the error that all providers share. Otherwise delete replaced content and read the state again.
6. Answer: return the portfolio with the outcomes (results).

Each phase has a time limit, so that a store that hangs is a 503 and not a killed function.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial

from tidings import clock, providers
from tidings.api import request_bodies
from tidings.api.request import Request
from tidings.api.request_bodies import RefreshBody
from tidings.api.response import Response, decimal_response
from tidings.auth.current_user import current_user
from tidings.aws import secrets
from tidings.concurrency import limit_time, run_concurrently, run_in_background
from tidings.errors import (
    ConnectionEnded,
    CoolingDown,
    NotOffered,
    ProviderLimit,
    ProviderMisconfigured,
    RateLimitExceeded,
    ReconnectRequired,
    StoreUnavailable,
    TidingsError,
)
from tidings.exchange_rates.requested import requested_currency
from tidings.holdings import Snapshot
from tidings.model import ItemKey, ProviderName
from tidings.observability import emit_count, log_info
from tidings.portfolio import view
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.providers import PROVIDER_NAMES
from tidings.refresh import admission, duplicates, first_fetch, paid_refresh, results
from tidings.refresh.provider_fetch import ProviderFetch
from tidings.refresh.results import ProviderRefresh
from tidings.store import cooldowns, snapshot_keys, snapshots, user_state
from tidings.store.cooldowns import Cooldown
from tidings.store.items import EncryptedCredential
from tidings.store.snapshots import StoredSnapshots
from tidings.store.user_state import UserState

TIME_LIMIT_S = 27.0
"""For the whole request. The function is killed after 29 s."""

_UNTIL_FETCH_S = 8.0
_PROVIDERS_TIMEOUT_S = 22.0
"""For all provider calls, from the start of the request."""

_COMMIT_S = 2.5
"""For the store to take the last results. The rest is for the phases that follow."""

Snapshots = Mapping[tuple[ProviderName, str], Snapshot]


def preload() -> None:
    """Load what every refresh needs, while the handler's module is imported."""
    for provider in PROVIDER_NAMES:
        providers.holdings_reader(provider)


def refresh(request: Request) -> Response:
    """POST …/holdings/refresh. Raises the error that all wanted providers share."""
    deadline = time.monotonic() + _PROVIDERS_TIMEOUT_S
    with limit_time(_UNTIL_FETCH_S):
        # 1. Admit
        user = current_user(request)
        currency = requested_currency(request)
        body = request_bodies.parse_body(request, RefreshBody)
        wanted = _wanted_providers(request, body)
        if body.paid:
            return paid_refresh.request(request, user.user_id, wanted)
        refreshes, _, encrypted = admission.admit(user.user_id, wanted)
        admitted = [(one, fetcher) for one in refreshes if (fetcher := _fetcher(one))]

        # 2. Read
        stored, state = _read(user.user_id)
        known = dict(stored.snapshots)
        fetches = [
            (one, _provider_fetch(user.user_id, one, fetcher, state, stored, encrypted, body.all, deadline, known))
            for one, fetcher in admitted
        ]

    # 3. Fetch, 4. Settle
    run_concurrently([partial(_fetch_and_settle, *fetch) for fetch in fetches])

    # 5. Raise or tidy up
    error = results.shared_error(refreshes)
    if error is not None:
        if request.provider is None:
            error.outcomes = results.provider_outcomes(
                refreshes, view.current_snapshots(stored.snapshots.values(), state), state
            )
        raise error
    if admitted:
        state = _delete_replaced_parts(user.user_id, [one for one, _ in admitted], stored)
        duplicates.record_duplicates(user.user_id, [one for one, _ in admitted], state)

    # 6. Answer
    return _respond(request, refreshes, state, _shown_snapshots(user.user_id, request, refreshes, stored), currency)


def _wanted_providers(request: Request, body: RefreshBody) -> Sequence[ProviderName]:
    if request.provider is not None:
        return [request.provider]
    return [name for name in PROVIDER_NAMES if body.providers is None or name in body.providers]


def _read(user_id: str) -> tuple[StoredSnapshots, UserState]:
    """Read the update state, and the snapshots of all providers, which may show the same accounts."""
    state, stored = run_in_background(
        partial(user_state.read_user_state, user_id),
        partial(snapshots.read_snapshots, user_id, None, clock.now_ms()),
    )
    return stored, state


def _fetcher(refresh: ProviderRefresh) -> str | None:
    """Return the id by which an admitted refresh makes first fetches; None if it may fetch nothing."""
    if refresh.cooldown:
        return refresh.cooldown.cooldown_id
    return refresh.first_fetch.fetcher if refresh.first_fetch else None


def _provider_fetch(
    user_id: str,
    refresh: ProviderRefresh,
    fetcher: str,
    state: UserState,
    stored: StoredSnapshots,
    encrypted: Mapping[ItemKey, EncryptedCredential],
    everything: bool,
    deadline: float,
    known: dict[tuple[ProviderName, str], Snapshot],
) -> ProviderFetch:
    provider = refresh.provider
    rate_limiter = RateLimiter(provider, providers.holdings_reader(provider).CALLS_PER_MINUTE)
    return ProviderFetch(
        Credentials(user_id, provider, secrets.app_secret(provider), encrypted, rate_limiter),
        rate_limiter,
        rows=state.of_provider(provider),
        stored=stored.snapshots,
        everything=everything,
        deadline=deadline,
        fetcher=fetcher,
        known=known,
    )


def _fetch_and_settle(refresh: ProviderRefresh, fetch: ProviderFetch) -> None:
    if refresh.first_fetch and not first_fetch.run(refresh, refresh.first_fetch, fetch):
        emit_count("CoolingDown", provider=refresh.provider)
        return
    if refresh.cooldown:
        _fetch(refresh, fetch)
        _settle_cooldown(refresh, refresh.cooldown)
    _count_outcome(refresh)
    fetch.request_checks()


def _fetch(refresh: ProviderRefresh, fetch: ProviderFetch) -> None:
    try:
        with limit_time(fetch.deadline + _COMMIT_S - time.monotonic()):
            refresh.results = {result.source_id: result for result in fetch.run()}
    except TidingsError as error:
        refresh.error = error
    else:
        refresh.error = results.provider_error(refresh.results.values())


def _count_outcome(refresh: ProviderRefresh) -> None:
    fresh = sum(1 for result in refresh.results.values() if result.error is None)
    slug = results.error_slug(refresh.error)
    log_info("refreshed", provider=refresh.provider, fresh=fresh, asked=len(refresh.results), error=slug)
    emit_count("RefreshFailed" if refresh.error else "Refreshed", provider=refresh.provider)
    if any(isinstance(error, ProviderMisconfigured) for error in _errors(refresh)):
        emit_count("ProviderMisconfigured", provider=refresh.provider)


def _settle_cooldown(refresh: ProviderRefresh, cooldown: Cooldown) -> None:
    """Release the cooldown if the provider failed (rule 5); keep it as long as the provider demands.

    After a store failure without results it is unknown what was fetched, so the cooldown expires by itself.
    """
    if refresh.error is None or (isinstance(refresh.error, StoreUnavailable) and not refresh.results):
        return
    errors = _errors(refresh)
    limits = [error for error in errors if isinstance(error, ProviderLimit)]
    if limits:
        wait_s = max(error.retry_after_s or results.DEFAULT_WAIT_S for error in limits)
        by_provider = not all(isinstance(error, RateLimitExceeded) for error in limits)
        cooldowns.release(cooldown, clock.now_ms() + 1000 * wait_s, by_provider=by_provider)
    elif not any(isinstance(error, ReconnectRequired | NotOffered | CoolingDown) for error in errors):
        cooldowns.release(cooldown)


def _errors(refresh: ProviderRefresh) -> Sequence[TidingsError | None]:
    """Return what the provider answered for each source that was fetched."""
    errors = [result.error for result in refresh.results.values()]
    answered = [error for error in errors if not isinstance(error, ConnectionEnded | CoolingDown)]
    return answered or [refresh.error]


def _delete_replaced_parts(user_id: str, refreshes: Sequence[ProviderRefresh], stored: StoredSnapshots) -> UserState:
    """Delete content that no head names any more, and read the update state at the same time."""
    replaced = [
        stored.snapshots[one.provider, result.source_id]
        for one in refreshes
        for result in one.results.values()
        if result.snapshot and (one.provider, result.source_id) in stored.snapshots
    ]
    unused = [
        *stored.orphaned_parts,
        *(entry for snapshot in replaced for entry in snapshot_keys.parts_of_snapshot(snapshot)),
    ]
    _, state = run_in_background(
        partial(snapshots.clean_up, user_id, unused), partial(user_state.read_user_state, user_id)
    )
    return state


def _shown_snapshots(
    user_id: str, request: Request, refreshes: Sequence[ProviderRefresh], stored: StoredSnapshots
) -> Snapshots:
    """Return the snapshots to show. Read them again only if another refresh stored a newer one than ours."""
    fetched = [(one.provider, result) for one in refreshes for result in one.results.values()]
    if any(result.error is None and result.snapshot is None for _, result in fetched):
        return snapshots.read_snapshots(user_id, request.provider, clock.now_ms()).snapshots
    fresh = {(provider, result.source_id): result.snapshot for provider, result in fetched if result.snapshot}
    shown = {place: one for place, one in stored.snapshots.items() if request.provider in {None, one.provider}}
    return {**shown, **fresh}


def _respond(
    request: Request, refreshes: Sequence[ProviderRefresh], state: UserState, shown: Snapshots, currency: str
) -> Response:
    current = view.current_snapshots(shown.values(), state)
    outcomes = results.provider_outcomes(refreshes, current, state)
    for name in PROVIDER_NAMES:
        if request.provider is None and name not in outcomes:
            outcomes[name] = view.stored_provider_outcome(name, current, state)
    fetched = [result for one in refreshes for result in one.results.values()]
    changed = [(result.before, result.snapshot) for result in fetched if result.before and result.snapshot]
    pending = view.has_pending_updates(state, outcomes)
    body = view.portfolio_body(current, outcomes, pending=pending, currency=currency, changed=changed)
    return decimal_response(request, 200, body)
