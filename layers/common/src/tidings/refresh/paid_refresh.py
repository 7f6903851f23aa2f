"""Request and execute paid refreshes: have the provider ask the broker now. Only a user's request starts one.

The refresh function acquires the cooldown, notes the request on each source's row and sends a task. The tasks function
calls the provider, once. The webhook that follows is recorded like any other; pending/paid_refresh_status shows the
progress.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from tidings import clock, providers, settings
from tidings.api.request import Request
from tidings.api.response import Response, json_response
from tidings.api.response_types import PaidRefreshOutcome, ProviderOutcome, ProviderPull, PullAccepted
from tidings.aws import queues, secrets
from tidings.concurrency import run_concurrently
from tidings.errors import (
    ItemGone,
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
from tidings.model import PaidRefreshState, ProviderName, Source, Task
from tidings.observability import add_log_context, emit_count, log_info
from tidings.pending.paid_refresh_status import PAID_REFRESH_DEADLINE_MS, provider_paid_refresh
from tidings.portfolio import view
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.refresh import admission, results
from tidings.refresh.results import ProviderRefresh
from tidings.store import cooldowns, paid_refreshes, snapshots, sources, user_state
from tidings.store.cooldowns import Cooldown
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState

_CALL_TIMEOUT_S = 45.0
"""Plaid may ask the broker before it answers; the tasks function ends after 60 s."""


def request(request: Request, user_id: str, wanted: Sequence[ProviderName]) -> Response:
    """Answer POST …/holdings/refresh with `paid`: 202 with the status URL. No provider is called yet."""
    if not settings.paid_refresh():
        raise PaidRefreshOff
    refreshes, state, _ = admission.admit(user_id, wanted, paid_refresh=True)
    for one in refreshes:
        if one.cooldown:
            _send_tasks(one, one.cooldown, state)
    error = results.shared_error(refreshes)
    if error is not None:
        if request.provider is None:
            error.outcomes = _outcomes(user_id, refreshes, state)
        raise error
    state = user_state.read_user_state(user_id)
    progress = {one.provider: _progress(one, state) for one in refreshes}
    body: PullAccepted = {"status_url": request.path, "providers": progress}
    return json_response(202, body)


def _outcomes(
    user_id: str, refreshes: Sequence[ProviderRefresh], state: UserState
) -> dict[ProviderName, ProviderOutcome]:
    stored = snapshots.read_snapshots(user_id, None, clock.now_ms()).snapshots
    return results.provider_outcomes(refreshes, view.current_snapshots(stored.values(), state), state)


def _send_tasks(refresh: ProviderRefresh, cooldown: Cooldown, state: UserState) -> None:
    """Send a task for each of the provider's sources. Release the cooldown if none was sent."""
    rows = [row for row in state.linked(refresh.provider) if not row.has_ended]
    attempts = run_concurrently([partial(_send_task, cooldown.user_id, row) for row in rows])
    errors = [error for error in attempts if error]
    log_info("paid refresh requested", provider=refresh.provider, sources=len(rows) - len(errors))
    if len(errors) == len(rows):
        refresh.error = errors[0]
        cooldowns.release(cooldown)


def _send_task(user_id: str, row: Source) -> StoreUnavailable | None:
    """Note the request on the row, then send its task: a task that the row does not name is never executed."""
    key = SourceKey.for_source(user_id, row)
    try:
        refresh_id = paid_refreshes.request(key, row, clock.now_ms())
        if refresh_id is not None:
            _queue(key, refresh_id)
    except StoreUnavailable as error:
        return error
    return None


def _queue(key: SourceKey, refresh_id: str) -> None:
    about = {"user_id": key.user_id, "provider": key.provider, "source_id": key.source_id, "pull_id": refresh_id}
    try:
        queues.send_task(Task("pull", about))
    except StoreUnavailable:
        # The queue may have taken the task; then it finds that its request is finished.
        paid_refreshes.finish(key, refresh_id, "failed", "store_unavailable")
        raise


def _progress(refresh: ProviderRefresh, state: UserState) -> ProviderPull:
    now = provider_paid_refresh(state, refresh.provider)
    if refresh.is_unlinked:
        return {**now, "status": "unavailable", "reason": "not_connected"}
    if refresh.error is None:
        return now
    status: PaidRefreshOutcome = "failed" if isinstance(refresh.error, StoreUnavailable) else "unavailable"
    return {**now, "status": status, "reason": _reason(refresh.error), "retry_after": refresh.error.retry_after_s}


def execute(task: Mapping[str, str]) -> str:
    """Execute one task. The provider is called at most once for it, however often the task is delivered.

    Raises StoreUnavailable if the provider was not called; the task may then be delivered again.
    """
    user_id, provider = task["user_id"], cast(ProviderName, task["provider"])
    add_log_context(provider=provider, user_id=user_id)
    row = user_state.read_user_state(user_id).find(provider, task["source_id"])
    refresh_id = task["pull_id"]
    if row is None or not _is_requested(row, refresh_id):
        return "done before"
    key = SourceKey.for_source(user_id, row)
    try:
        credentials = _decrypt_credentials(user_id, row)
    except (NotConfigured, PaidRefreshOff, ProviderError) as error:
        return _finish(key, row, refresh_id, error)
    if not paid_refreshes.begin(key, refresh_id, clock.now_ms() - PAID_REFRESH_DEADLINE_MS):
        return "done before"
    return _finish(key, row, refresh_id, _call(credentials, row))


def _is_requested(row: Source, refresh_id: str) -> bool:
    newest = row.paid_refresh
    return newest is not None and (newest.paid_refresh_id, newest.state) == (refresh_id, "requested")


def _decrypt_credentials(user_id: str, row: Source) -> Credentials:
    """Prepare all that can fail before the call, so that a failure can be repeated."""
    if not settings.paid_refresh():
        raise PaidRefreshOff
    refresher, app = providers.paid_refresher(row.provider), secrets.app_secret(row.provider)
    if not refresher.is_configured(app):
        raise NotConfigured
    rate_limiter = RateLimiter(row.provider, refresher.CALLS_PER_MINUTE, refresher.RATE_COUNTER)
    credentials = Credentials(user_id, row.provider, app, {}, rate_limiter)
    credentials.decrypt(row.item_id)
    return credentials


def _call(credentials: Credentials, row: Source) -> TidingsError | None:
    refresher, deadline = providers.paid_refresher(row.provider), time.monotonic() + _CALL_TIMEOUT_S
    try:
        credentials.call(row.item_id, lambda access: refresher.request_refresh(access, row.source_id, deadline))
    except TidingsError as error:
        return error
    return None


def _finish(key: SourceKey, row: Source, refresh_id: str, error: TidingsError | None) -> str:
    """Store the result. Only a required login, or its end, says something about the connection itself."""
    state, reason = _result(error)
    wait = error.retry_after_s if error else None
    paid_refreshes.finish(key, refresh_id, state, reason, clock.now_ms() + 1000 * wait if wait else None)
    emit_count("PaidPull", provider=row.provider, outcome=state)
    if isinstance(error, ReconnectRequired | ItemGone):
        sources.set_status(key, row, error.status_change)
    if isinstance(error, ProviderMisconfigured):
        emit_count("ProviderMisconfigured", provider=row.provider)
    return f"{state}: {reason}" if reason else state


def _result(error: TidingsError | None) -> tuple[PaidRefreshState, str | None]:
    match error:
        case None:
            return "accepted", None
        case NotOffered():
            return "refused", error.reason
        case RateLimitExceeded() | ProviderNotReady() | ReconnectRequired():
            return "refused", _reason(error)
        case ProviderLimit():
            return "refused", "too_recently"
    return "failed", _reason(error)


def _reason(error: TidingsError) -> str:
    return error.slug.replace("-", "_")
