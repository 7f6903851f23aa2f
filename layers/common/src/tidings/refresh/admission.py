"""Who may ask a provider now: whoever is connected to it, has a credential for it, and takes its claim."""

from collections.abc import Mapping, Sequence

from tidings import clock, providers, settings
from tidings.aws import secrets
from tidings.errors import CoolingDown, NotConfigured, ReconnectRequired
from tidings.model import EVERY_SOURCE, ProviderName
from tidings.observability import emit_count
from tidings.provider_access.credentials import record_lost_credential
from tidings.refresh.results import ProviderRefresh
from tidings.store import cooldowns, items
from tidings.store.items import EncryptedCredential
from tidings.store.sources import UserState


def encrypted_credentials(state: UserState, wanted: Sequence[ProviderName]) -> dict[str, EncryptedCredential]:
    """The encrypted credentials of the user's items at these providers."""
    mine = [items.key(row.provider, row.item_id) for row in state.sources if row.provider in wanted]
    return items.encrypted_credentials(mine) if mine else {}


def acquire_cooldown(
    part: ProviderRefresh,
    user_id: str,
    state: UserState,
    sealed: Mapping[str, EncryptedCredential],
    *,
    paid_refresh: bool = False,
) -> None:
    """Take the provider's claim, or find out why it can't be asked: then no claim is taken.

    `pull`: for a paid pull, which needs a source that is known already.
    """
    rows = state.of(part.provider)
    if not providers.holdings_reader(part.provider).is_configured(secrets.app_secret(part.provider)):
        part.error = NotConfigured(f"The provider {part.provider} is not configured.")
    elif not rows or (paid_refresh and all(row.source_id == EVERY_SOURCE for row in rows)):
        part.unlinked = True
    elif not any(items.key(row.provider, row.item_id) in sealed for row in rows):
        part.error = ReconnectRequired("credential_lost")
        record_lost_credential(user_id, rows)
    else:
        try:
            now, cooldown = clock.now_ms(), settings.refresh_cooldown_ms()
            part.claim = cooldowns.acquire(user_id, part.provider, now, cooldown, paid_refresh=paid_refresh)
        except CoolingDown as error:
            part.error = error
            emit_count("CoolingDown", provider=part.provider)
