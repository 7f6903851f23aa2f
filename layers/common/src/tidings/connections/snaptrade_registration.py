"""The user's registration at SnapTrade: made once, under a lease, and made anew when its secret is lost.

SnapTrade tells a secret once. Killed between its answer and our write, the user exists there and nobody can speak for
them: then, and only on the user's own request, the registration is deleted there and made anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidings import clock, settings
from tidings.errors import NotFound, ProviderNotReady, ReconnectRequired
from tidings.model import Access, ItemKey, Source
from tidings.observability import emit_count, log_info
from tidings.provider_access import credentials as access
from tidings.providers.snaptrade import connections as snaptrade
from tidings.store import credentials, items, registration_leases, removal, sources
from tidings.store.items import Registered
from tidings.store.registration_leases import Lease
from tidings.store.sources import SourceKey

_LEASE_MS = 30_000
"""Longer than the function may run, so that nobody holds it who still does something."""

_ENDING_MS = 120_000
"""For so long an ordered deletion is only waited for: a second order could meet the new registration."""

_WAIT_S = 10
_KEY_ALONE = "personal-key"
"""Stands for the credential that a personal key does not need: sealed for its user like any other."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Whom SnapTrade knows as what, and until when (monotonic seconds) it may be asked."""

    user_id: str
    item_id: str
    app: Mapping[str, str] = field(repr=False)
    deadline: float

    @property
    def key(self) -> SourceKey:
        return SourceKey.wildcard(self.user_id, ItemKey("snaptrade", self.item_id))


def register(of: Registration) -> Access:
    """Register the user, once. ReconnectRequired when SnapTrade has this user, whose secret we don't have."""
    if settings.snaptrade_key_type() == "personal":
        return _take_the_key(of)
    lease = _hold(of, version=0)
    try:
        secret = snaptrade.register(of.app, of.item_id, of.deadline)
        _store(of, lease, secret)
    except snaptrade.UserExists as error:
        items.link_item(of.key, None, updates=0)  # so that the status has a row to stand in
        raise ReconnectRequired("credential_lost", "SnapTrade knows this user, but the credential is lost.") from error
    finally:
        registration_leases.release(lease)
    log_info("snaptrade user registered")
    return Access(of.app, of.item_id, secret)


def replace(of: Registration) -> Access:
    """Register the user anew; the old registration, if SnapTrade still has it, ends with all its connections.

    Nothing ends while the stored credential works. ProviderNotReady until SnapTrade has ended the old registration;
    to be repeated then, and after a crash at any point.
    """
    held = items.encrypted_credentials([of.key.item]).get(of.key.item)
    if held is not None and held.user_id != of.user_id:
        raise NotFound("No such connection.")
    ended = [row for row in _rows(of) if not row.is_wildcard]
    lease = _hold(of, version=held.version if held else 0)
    try:
        if held is not None:
            working = credentials.decrypt_access(of.key, of.item_id, of.app, held.credential)
            if _works(working, of.deadline):
                return working
        secret = _registered_anew(of, lease)
        _store(of, lease, secret)
    finally:
        registration_leases.release(lease)
    for row in ended:
        removal.remove_source(SourceKey.of(of.user_id, row), link_id=row.link_id)
    log_info("snaptrade user replaced", ended=len(ended))
    emit_count("SnapTradeUserReplaced")
    return Access(of.app, of.item_id, secret)


def mark_lost(of: Registration) -> None:
    """Let every reader know that the user has to connect anew; without a connection the row `*` says so."""
    access.record_lost_credential(of.user_id, _rows(of))


def _take_the_key(of: Registration) -> Access:
    """A personal key is its first user's. What it is connected to already is news."""
    items.link_item(of.key, credentials.encrypt(of.key, _KEY_ALONE), updates=1)
    log_info("snaptrade personal key taken")
    return Access(of.app, of.item_id, _KEY_ALONE)


def _hold(of: Registration, version: int) -> Lease:
    now = clock.now_ms()
    return registration_leases.acquire(of.key.item, of.user_id, now, now + _LEASE_MS, version)


def _store(of: Registration, lease: Lease, secret: str) -> None:
    registered = Registered(lease.until, clock.now_ms())
    items.link_item(of.key, credentials.encrypt(of.key, secret), updates=0, registered=registered)


def _works(held: Access, deadline: float) -> bool:
    try:
        snaptrade.list_connections(held, deadline)
    except ReconnectRequired:
        return False
    return True


def _registered_anew(of: Registration, lease: Lease) -> str:
    secret = _registered(of)
    if secret is not None:
        return secret  # SnapTrade did not have the user any more
    now = clock.now_ms()
    if lease.ending_since is None or now - lease.ending_since > _ENDING_MS:
        registration_leases.record_deletion_started(lease, now)
        snaptrade.delete_user(of.app, of.item_id, of.deadline)
        secret = _registered(of)
    if secret is None:
        raise ProviderNotReady("SnapTrade is still ending the old registration.", retry_after_s=_WAIT_S)
    return secret


def _registered(of: Registration) -> str | None:
    try:
        return snaptrade.register(of.app, of.item_id, of.deadline)
    except snaptrade.UserExists:
        return None


def _rows(of: Registration) -> list[Source]:
    return [row for row in sources.read_user_state(of.user_id).of("snaptrade") if row.item_id == of.item_id]
