"""Decide which providers a refresh may call: connected, with a credential, and with the cooldown over."""

from collections.abc import Mapping, Sequence

from tidings import clock, providers, settings
from tidings.aws import secrets
from tidings.errors import CoolingDown, NotConfigured, ReconnectRequired
from tidings.model import ItemKey, ProviderName
from tidings.observability import emit_count
from tidings.provider_access.credentials import record_lost_credential
from tidings.refresh.results import ProviderRefresh
from tidings.store import cooldowns, items
from tidings.store.items import EncryptedCredential
from tidings.store.sources import UserState


def encrypted_credentials(state: UserState, wanted: Sequence[ProviderName]) -> dict[ItemKey, EncryptedCredential]:
    """Read the encrypted credentials of the user's items at these providers."""
    mine = [row.item for row in state.sources if row.provider in wanted]
    return items.encrypted_credentials(mine) if mine else {}


def acquire_cooldown(
    refresh: ProviderRefresh,
    user_id: str,
    state: UserState,
    encrypted: Mapping[ItemKey, EncryptedCredential],
    *,
    paid_refresh: bool = False,
) -> None:
    """Acquire the provider's cooldown, or set why the provider can't be called; then no cooldown is acquired.

    `paid_refresh`: for a paid refresh, which needs a source that is listed already.
    """
    rows = state.of_provider(refresh.provider)
    if not providers.holdings_reader(refresh.provider).is_configured(secrets.app_secret(refresh.provider)):
        refresh.error = NotConfigured(f"The provider {refresh.provider} is not configured.")
    elif not rows or (paid_refresh and not state.linked(refresh.provider)):
        refresh.is_unlinked = True
    elif not any(row.item in encrypted for row in rows):
        refresh.error = ReconnectRequired("credential_lost")
        record_lost_credential(user_id, rows)
    else:
        try:
            now, length_ms = clock.now_ms(), settings.refresh_cooldown_ms()
            refresh.cooldown = cooldowns.acquire(user_id, refresh.provider, now, length_ms, paid_refresh=paid_refresh)
        except CoolingDown as error:
            refresh.error = error
            emit_count("CoolingDown", provider=refresh.provider)
