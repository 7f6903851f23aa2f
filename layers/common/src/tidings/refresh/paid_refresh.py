"""The paid pull: the provider is told to ask the broker now. Only a user's request leads here, never a webhook.

The refresh function takes the claim, notes the pull on each source's row and leaves a task; the tasks function makes
the call, once. The webhook that follows marks like any other, and `pending.show_pull` tells how far it is.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from tidings import clock, providers, settings
from tidings.api.request import Request
from tidings.api.response import Response, json_response
from tidings.api.response_types import PaidRefreshOutcome, ProviderPull, PullAccepted
from tidings.aws import secrets
from tidings.errors import (
    NotConfigured,
    NotOffered,
    PaidRefreshOff,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    RateLimitExceeded,
    ReconnectRequired,
    StoreUnavailable,
    TidingsError,
)
from tidings.model import EVERY_SOURCE, PaidRefreshState, ProviderName, Source, StatusChange, Task
from tidings.observability import add_log_context, emit_count, log_info
from tidings.pending import endpoint
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.refresh import admission, results
from tidings.refresh.results import ProviderRefresh
from tidings.side_by_side import run_concurrently
from tidings.store import cooldowns, paid_refreshes, sources, tasks
from tidings.store.cooldowns import Cooldown
from tidings.store.sources import SourceKey, UserState

_CALLING_S = 45.0
"""Plaid may ask the broker before it answers; the tasks function ends at 60."""


def request(request: Request, user_id: str, wanted: Sequence[ProviderName]) -> Response:
    """POST …/holdings/refresh with `paid`: 202 with where to look. Nothing is called yet."""
    if not settings.paid_refresh():
        raise PaidRefreshOff
    parts = [ProviderRefresh(name) for name in wanted]
    state = sources.read_user_state(user_id)
    sealed = admission.encrypted_credentials(state, wanted)
    run_concurrently(
        [partial(admission.acquire_cooldown, part, user_id, state, sealed, paid_refresh=True) for part in parts]
    )
    for part in parts:
        if part.claim:
            _leave(part, part.claim, state)
    failure = results.shared_error(parts)
    if failure is not None:
        raise failure
    state = sources.read_user_state(user_id)
    body: PullAccepted = {"status_url": request.path, "providers": {one.provider: _of(one, state) for one in parts}}
    return json_response(202, body)


def _leave(part: ProviderRefresh, claim: Cooldown, state: UserState) -> None:
    """A task for each of the provider's sources. The claim is given back if there is none."""
    rows = [row for row in state.of(part.provider) if row.source_id != EVERY_SOURCE]
    errors = [error for error in run_concurrently([partial(_leave_one, claim.user_id, row) for row in rows]) if error]
    log_info("paid pull asked for", provider=part.provider, sources=len(rows) - len(errors))
    if len(errors) == len(rows):
        part.error = errors[0]
        cooldowns.release(claim)


def _leave_one(user_id: str, row: Source) -> StoreUnavailable | None:
    """The row first: a task that the row does not know is never carried out."""
    key = SourceKey.of(user_id, row)
    try:
        pull_id = paid_refreshes.request(key, row, clock.now_ms())
        if pull_id is not None:
            _send(key, pull_id)
    except StoreUnavailable as error:
        return error
    return None


def _send(key: SourceKey, pull_id: str) -> None:
    named = {"user_id": key.user_id, "provider": key.provider, "source_id": key.source_id, "pull_id": pull_id}
    try:
        tasks.send_task(Task("pull", named))
    except StoreUnavailable:
        # It may have been sent all the same: then it finds that it is not wanted any more.
        paid_refreshes.finish(key, pull_id, "failed", "store_unavailable")
        raise


def _of(part: ProviderRefresh, state: UserState) -> ProviderPull:
    now = endpoint.provider_paid_refresh(state, part.provider)
    if part.unlinked:
        return {**now, "status": "unavailable", "reason": "not_connected"}
    if part.error is None:
        return now
    status: PaidRefreshOutcome = "failed" if isinstance(part.error, StoreUnavailable) else "unavailable"
    return {**now, "status": status, "reason": _snake(part.error), "retry_after": part.error.retry_after_s}


def execute(task: Mapping[str, str]) -> str:
    """Carry out a task of `ask`: the provider is called at most once for each, however often it is delivered.

    StoreUnavailable: it was not called, and the task may come again.
    """
    user_id, provider = task["user_id"], cast(ProviderName, task["provider"])
    add_log_context(provider=provider, user_id=user_id)
    rows = sources.read_user_state(user_id).of(provider)
    row = next((one for one in rows if one.source_id == task["source_id"]), None)
    if (
        row is None
        or row.paid_refresh is None
        or (row.paid_refresh.paid_refresh_id, row.paid_refresh.state) != (task["pull_id"], "requested")
    ):
        return "done before"
    key = SourceKey.of(user_id, row)
    try:
        credentials = _opened(user_id, row)
    except (NotConfigured, PaidRefreshOff, ProviderError) as error:
        return _ended(key, row, task["pull_id"], error)
    if not paid_refreshes.begin(key, task["pull_id"], clock.now_ms() - endpoint.PAID_REFRESH_DEADLINE_MS):
        return "done before"
    return _ended(key, row, task["pull_id"], _called(credentials, row))


def _opened(user_id: str, row: Source) -> Credentials:
    """All that can fail before the call, and be tried again then."""
    if not settings.paid_refresh():
        raise PaidRefreshOff
    refresher, app = providers.paid_refresher(row.provider), secrets.app_secret(row.provider)
    if not refresher.is_configured(app):
        raise NotConfigured
    rate_limiter = RateLimiter(row.provider, refresher.CALLS_PER_MINUTE, refresher.RATE_COUNTER)
    credentials = Credentials(user_id, row.provider, app, {}, rate_limiter)
    credentials.decrypt(row.item_id)
    return credentials


def _called(credentials: Credentials, row: Source) -> TidingsError | None:
    refresher, deadline = providers.paid_refresher(row.provider), time.monotonic() + _CALLING_S
    try:
        credentials.call(row.item_id, lambda access: refresher.request_refresh(access, row.source_id, deadline))
    except TidingsError as error:
        return error
    return None


def _ended(key: SourceKey, row: Source, pull_id: str, error: TidingsError | None) -> str:
    """Store how it ended. Only a login that is required says something of the connection itself."""
    state, reason = _meaning(error)
    wait = error.retry_after_s if error else None
    paid_refreshes.finish(key, pull_id, state, reason, clock.now_ms() + 1000 * wait if wait else None)
    emit_count("PaidPull", provider=row.provider, outcome=state)
    if isinstance(error, ReconnectRequired):
        sources.set_status(key, row, StatusChange("reconnect_required", error.reason))
    if isinstance(error, ProviderMisconfigured):
        emit_count("ProviderMisconfigured", provider=row.provider)
    return f"{state}: {reason}" if reason else state


def _meaning(error: TidingsError | None) -> tuple[PaidRefreshState, str | None]:
    match error:
        case None:
            return "accepted", None
        case NotOffered():
            return "refused", error.reason
        case RateLimitExceeded() | ProviderNotReady() | ReconnectRequired():
            return "refused", _snake(error)
        case ProviderLimit():
            return "refused", "too_recently"
    return "failed", _snake(error)


def _snake(error: TidingsError) -> str:
    return error.slug.replace("-", "_")
