"""Decide which providers a refresh may call: connected, with a credential, and with the cooldown over."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from tidings import clock, providers, settings
from tidings.aws import secrets
from tidings.concurrency import run_concurrently
from tidings.errors import ConnectionEnded, CoolingDown, ItemGone, NotConfigured, ReconnectRequired
from tidings.model import ItemKey, ProviderName, Source
from tidings.observability import emit_count
from tidings.provider_access.credentials import record_lost_credential
from tidings.refresh.results import ProviderRefresh
from tidings.store import cooldowns, items, sources
from tidings.store.items import EncryptedCredential
from tidings.store.sources import UserState


class Admission(NamedTuple):
    """The wanted providers, each admitted or not, and what was read to decide it. `encrypted`: by item."""

    refreshes: Sequence[ProviderRefresh]
    state: UserState
    encrypted: Mapping[ItemKey, EncryptedCredential]


def admit(user_id: str, wanted: Sequence[ProviderName], *, paid_refresh: bool = False) -> Admission:
    """Acquire the cooldown of each wanted provider that may be called now; its refresh says why for the others.

    `paid_refresh`: for a paid refresh, which needs a source that is listed already.
    """
    state = sources.read_user_state(user_id)
    mine = [row.item for row in state.sources if row.provider in wanted]
    admission = Admission(
        [ProviderRefresh(name) for name in wanted], state, items.encrypted_credentials(mine) if mine else {}
    )
    run_concurrently(
        [partial(_acquire_cooldown, one, user_id, admission, paid_refresh=paid_refresh) for one in admission.refreshes]
    )
    return admission


def _acquire_cooldown(refresh: ProviderRefresh, user_id: str, admission: Admission, *, paid_refresh: bool) -> None:
    """Acquire the provider's cooldown, or set why the provider can't be called; then no cooldown is acquired."""
    state = admission.state
    rows = state.of_provider(refresh.provider)
    if not providers.holdings_reader(refresh.provider).is_configured(secrets.app_secret(refresh.provider)):
        refresh.error = NotConfigured(f"The provider {refresh.provider} is not configured.")
    elif not rows or (paid_refresh and not state.linked(refresh.provider)):
        refresh.is_unlinked = True
    elif all(row.has_ended for row in rows):
        refresh.error = ConnectionEnded(rows[0].status_reason or ItemGone.slug)
    elif not any(row.item in admission.encrypted for row in rows):
        refresh.error = ReconnectRequired("credential_lost")
        record_lost_credential(user_id, rows)
    else:
        try:
            now, length_ms = clock.now_ms(), settings.refresh_cooldown_ms()
            refresh.cooldown = cooldowns.acquire(user_id, refresh.provider, now, length_ms, paid_refresh=paid_refresh)
        except CoolingDown as error:
            refresh.error = _reconnect_error(state.linked(refresh.provider)) or error
            emit_count("CoolingDown", provider=refresh.provider)


def _reconnect_error(linked: Sequence[Source]) -> ReconnectRequired | None:
    """Return the error of a provider whose every source needs its user: waiting would not help any of them."""
    waiting = [row for row in linked if not row.has_ended]
    if not waiting or not all(row.needs_reconnect for row in waiting):
        return None
    return ReconnectRequired(waiting[0].status_reason or "unknown")
