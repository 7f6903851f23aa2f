"""Register the user at SnapTrade once, under a lease, and again if the secret is lost (docs/decisions/0010).

SnapTrade returns a secret only once. If the process is killed before it is stored, the user exists there without a
usable credential. The registration is then deleted and repeated, but only on the user's own request.
"""

from tidings import clock, settings
from tidings.connections import snaptrade_secret
from tidings.connections.registration import Registration
from tidings.errors import NotFound, ProviderNotReady, ReconnectRequired
from tidings.model import Access, Source
from tidings.observability import emit_count, log_info
from tidings.provider_access import credentials as access
from tidings.providers.snaptrade import connections as snaptrade
from tidings.store import credentials, item_links, items, registration_leases, removal, user_state
from tidings.store.registration_leases import Lease
from tidings.store.sources import SourceKey

_LEASE_MS = 30_000
"""Longer than the function's time-out, so that a running function never loses its lease."""

_DELETION_MS = 120_000
"""How long to wait for a requested deletion: a second request could delete the new registration."""

_RETRY_AFTER_S = 10
_STILL_DELETING = "SnapTrade is still deleting the old registration."
_PERSONAL_KEY = "personal-key"
"""A placeholder for the credential that a personal key does not need, encrypted like any other."""


def register(registration: Registration) -> Access:
    """Register the user once. Raises ReconnectRequired if SnapTrade has this user already: the secret is lost."""
    if settings.snaptrade_key_type() == "personal":
        return _link_personal_key(registration)
    lease = _acquire_lease(registration, version=0)
    try:
        secret = snaptrade_secret.register(registration, lease)
    except snaptrade.UserExists as error:
        if _is_being_deleted(lease):
            raise ProviderNotReady(_STILL_DELETING, retry_after_s=_RETRY_AFTER_S) from error
        if lease.is_repeated:
            snaptrade_secret.report_lost_secret(registration)
        # Creates the row that the status needs.
        item_links.link_item(registration.source_key, None, updates=0, may_link=registration.may_link)
        raise ReconnectRequired("credential_lost", "SnapTrade knows this user, but the credential is lost.") from error
    finally:
        registration_leases.release(lease)
    log_info("snaptrade user registered")
    return Access(registration.app, registration.item_id, secret)


def replace(registration: Registration) -> Access:
    """Register the user again. SnapTrade deletes the old registration with all its connections.

    Deletes nothing while the stored credential works. Raises ProviderNotReady until SnapTrade has deleted the old
    registration. Repeat the call then, and after a crash at any point.
    """
    stored = items.encrypted_credentials([registration.source_key.item]).get(registration.source_key.item)
    if stored is not None and stored.user_id != registration.user_id:
        raise NotFound("No such connection.")
    replaced = [row for row in _item_rows(registration) if not row.is_wildcard]
    lease = _acquire_lease(registration, version=stored.version if stored else 0)
    try:
        if stored is not None:
            current = credentials.decrypt_access(
                registration.source_key, registration.item_id, registration.app, stored.credential
            )
            if _is_accepted(current, registration.deadline):
                return current
        secret = _register_again(registration, lease)
    finally:
        registration_leases.release(lease)
    for row in replaced:
        removal.remove_source(SourceKey.for_source(registration.user_id, row), link_id=row.link_id)
    log_info("snaptrade user replaced", ended=len(replaced))
    emit_count("SnapTradeUserReplaced")
    return Access(registration.app, registration.item_id, secret)


def record_lost_credential(registration: Registration) -> None:
    """Record on all sources of the item, or on the wildcard source, that the user must reconnect."""
    access.record_lost_credential(registration.user_id, _item_rows(registration))


def _link_personal_key(registration: Registration) -> Access:
    """Link the personal key to its first user. Records an update, since the key may have connections already."""
    credential = credentials.encrypt(registration.source_key, _PERSONAL_KEY)
    item_links.link_item(registration.source_key, credential, updates=1, may_link=registration.may_link)
    log_info("snaptrade personal key taken")
    return Access(registration.app, registration.item_id, _PERSONAL_KEY)


def _acquire_lease(registration: Registration, version: int) -> Lease:
    now = clock.now_ms()
    return registration_leases.acquire(
        registration.source_key.item, registration.user_id, now, now + _LEASE_MS, version
    )


def _is_accepted(access_to_check: Access, deadline: float) -> bool:
    try:
        snaptrade.list_connections(access_to_check, deadline)
    except ReconnectRequired:
        return False
    return True


def _register_again(registration: Registration, lease: Lease) -> str:
    secret = _try_register(registration, lease)
    if secret is not None:
        return secret  # SnapTrade no longer had the user
    if not _is_being_deleted(lease):
        registration_leases.record_deletion_started(lease, clock.now_ms())
        snaptrade.delete_user(registration.app, registration.item_id, registration.deadline)
        secret = _try_register(registration, lease)
    if secret is None:
        raise ProviderNotReady(_STILL_DELETING, retry_after_s=_RETRY_AFTER_S)
    return secret


def _is_being_deleted(lease: Lease) -> bool:
    return lease.ending_since is not None and clock.now_ms() - lease.ending_since <= _DELETION_MS


def _try_register(registration: Registration, lease: Lease) -> str | None:
    try:
        return snaptrade_secret.register(registration, lease)
    except snaptrade.UserExists:
        return None


def _item_rows(registration: Registration) -> tuple[Source, ...]:
    return user_state.read_user_state(registration.user_id).of_item(registration.source_key.item)
