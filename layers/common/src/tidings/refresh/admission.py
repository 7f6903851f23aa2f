"""Decide which providers a refresh may call: connected, with a credential, and with the cooldown over."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from tidings import clock, providers, settings
from tidings.aws import secrets
from tidings.concurrency import run_concurrently
from tidings.errors import ConnectionEnded, ItemGone, NotConfigured, ReconnectRequired
from tidings.model import ItemKey, ProviderName, Source
from tidings.observability import emit_count
from tidings.provider_access.credentials import record_lost_credential
from tidings.refresh.results import FirstFetch, ProviderRefresh
from tidings.store import cooldowns, expected_connections, first_fetches, items, user_state
from tidings.store.cooldowns import CooldownRuns, RunningCooldown
from tidings.store.items import EncryptedCredential
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState


class Admission(NamedTuple):
    """The wanted providers, each admitted or not, and what was read to decide it. `encrypted`: by item."""

    refreshes: Sequence[ProviderRefresh]
    state: UserState
    encrypted: Mapping[ItemKey, EncryptedCredential]


def admit(user_id: str, wanted: Sequence[ProviderName], *, paid_refresh: bool = False) -> Admission:
    """Acquire the cooldown of each wanted provider that may be called now; its refresh says why for the others.

    `paid_refresh`: for a paid refresh, which needs a source that is listed already.
    """
    state = user_state.read_user_state(user_id)
    mine = [row.item for row in state.sources if row.provider in wanted]
    admission = Admission(
        [ProviderRefresh(name) for name in wanted], state, items.encrypted_credentials(mine) if mine else {}
    )
    run_concurrently(
        [partial(_acquire_cooldown, one, user_id, admission, paid_refresh=paid_refresh) for one in admission.refreshes]
    )
    return admission


def _acquire_cooldown(refresh: ProviderRefresh, user_id: str, admission: Admission, *, paid_refresh: bool) -> None:
    """Acquire the provider's cooldown, or set why the provider can't be called; then no cooldown is acquired.

    Within another refresh's cooldown, acquire the first fetch of sources that were linked since.
    """
    state = admission.state
    rows = state.linked(refresh.provider) if paid_refresh else state.of_provider(refresh.provider)
    if not providers.holdings_reader(refresh.provider).is_configured(secrets.app_secret(refresh.provider)):
        refresh.error = NotConfigured(f"The provider {refresh.provider} is not configured.")
    elif not rows:
        refresh.is_unlinked = True
    elif all(row.has_ended for row in rows):
        refresh.error = ConnectionEnded(rows[0].status_reason or ItemGone.slug)
    elif not any(row.item in admission.encrypted for row in rows):
        refresh.error = ReconnectRequired("credential_lost")
        record_lost_credential(user_id, state.of_provider(refresh.provider))
    else:
        try:
            now, length_ms = clock.now_ms(), settings.refresh_cooldown_ms()
            refresh.cooldown = cooldowns.acquire(user_id, refresh.provider, now, length_ms, paid_refresh=paid_refresh)
        except CooldownRuns as error:
            refresh.error = _reconnect_error(state.linked(refresh.provider)) or error
            if not paid_refresh:
                live = [row for row in rows if row.item in admission.encrypted and not row.has_ended]
                refresh.first_fetch = _acquire_first_fetch(user_id, live, error.running)
            if refresh.first_fetch is None:
                emit_count("CoolingDown", provider=refresh.provider)


def _acquire_first_fetch(user_id: str, rows: Sequence[Source], running: RunningCooldown) -> FirstFetch | None:
    """Acquire what the cooldown permits: the first fetch of sources linked since, or else a listing."""
    first_fetch, now = FirstFetch(running, first_fetches.new_fetcher(running)), clock.now_ms()
    new = [row for row in rows if not row.is_wildcard and first_fetches.is_permitted(row, running)]
    if new:
        return first_fetch if acquire_first_fetches(user_id, new, first_fetch) else None
    expecting = tuple(
        row
        for row in expected_connections.expecting(rows, now)
        if expected_connections.acquire_listing(SourceKey.for_source(user_id, row), row, running, now)
    )
    return first_fetch._replace(expecting=expecting) if expecting else None


def acquire_first_fetches(user_id: str, rows: Sequence[Source], first_fetch: FirstFetch) -> list[Source]:
    """Acquire the first fetch of each of these sources that the cooldown permits. Returns those."""
    permitted = [row for row in rows if first_fetches.is_permitted(row, first_fetch.running)]
    return [
        row._replace(first_fetch_by=first_fetch.fetcher)
        for row in permitted[: first_fetches.MOST_AT_ONCE]
        if first_fetches.acquire(
            SourceKey.for_source(user_id, row), row, first_fetch.running, first_fetch.fetcher, clock.now_ms()
        )
    ]


def _reconnect_error(linked: Sequence[Source]) -> ReconnectRequired | None:
    """Return the error of a provider whose every source needs its user: waiting would not help any of them."""
    waiting = [row for row in linked if not row.has_ended]
    if not waiting or not all(row.needs_reconnect for row in waiting):
        return None
    return ReconnectRequired(waiting[0].status_reason or "unknown")
