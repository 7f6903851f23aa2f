"""Register at SnapTrade and store the secret, which SnapTrade returns once (docs/decisions/0018).

If the secret cannot be stored, the registration is deleted at once. It has no connections yet.
"""

import time
from collections.abc import Callable
from functools import partial

from tidings import clock
from tidings.concurrency import CallTimeout, call_with_timeout
from tidings.connections.registration import Registration
from tidings.errors import Conflict, ProviderError, ProviderLimit, ProviderMisconfigured, StoreUnavailable
from tidings.observability import emit_count, log_warning
from tidings.providers.snaptrade import connections as snaptrade
from tidings.store import credentials, item_links, items, registration_leases
from tidings.store.item_links import Registered
from tidings.store.registration_leases import Lease

STORE_S = 6.0
GIVE_UP_S = 2.0
DELETE_S = 4.0
REGISTER_BEFORE_END_S = 6.0
"""How long each step after SnapTrade's answer may take, and how long before the deadline that answer must come."""

_NOT_REGISTERED = (snaptrade.UserExists, ProviderLimit, ProviderMisconfigured)
"""Answers by which SnapTrade says that it did not register the user. After any other error it may have."""


def register(registration: Registration, lease: Lease) -> str:
    """Register the user and store the secret under the lease, which ends either way. Returns the secret.

    Raises UserExists if SnapTrade has this user already.
    """
    try:
        secret = snaptrade.register(
            registration.app, registration.item_id, registration.deadline - REGISTER_BEFORE_END_S
        )
    except _NOT_REGISTERED:
        raise
    except Exception:
        _try_to_store(partial(registration_leases.keep_attempt, lease, clock.now_ms()))
        raise
    credential: list[bytes] = []
    try:
        call_with_timeout(STORE_S, partial(_link, registration, lease, secret, credential))
    except (StoreUnavailable, CallTimeout, Conflict) as error:
        if not _delete_unless_stored(registration, lease, credential):
            raise error if isinstance(error, Conflict) else StoreUnavailable() from error
    except Exception:
        _delete_unless_stored(registration, lease, credential)
        raise
    return secret


def report_lost_secret(registration: Registration) -> None:
    """Log and count a registration whose secret was lost: an earlier attempt was killed, or never got the answer."""
    log_warning("item not stored", provider="snaptrade", user_id=registration.user_id, outcome="lost")
    emit_count("ItemLost", by_stack=True, provider="snaptrade")


def _link(registration: Registration, lease: Lease, secret: str, credential: list[bytes]) -> None:
    encrypted = credentials.encrypt(registration.source_key, secret)
    credential.append(encrypted)
    registered = Registered(lease.until, clock.now_ms())
    item_links.link_item(
        registration.source_key, encrypted, updates=0, registered=registered, may_link=registration.may_link
    )


def _delete_unless_stored(registration: Registration, lease: Lease, credential: list[bytes]) -> bool:
    """Delete a registration whose secret could not be stored. Returns whether it was stored after all."""
    try:
        if not call_with_timeout(GIVE_UP_S, partial(registration_leases.give_up, lease, clock.now_ms())):
            return call_with_timeout(GIVE_UP_S, partial(_is_stored, registration, credential))
    except (StoreUnavailable, CallTimeout):
        # The secret may still be stored. If not, SnapTrade has the user, and `{"replace": true}` is the way out.
        log_warning("lease not given up", provider="snaptrade")
        return False
    try:
        snaptrade.delete_user(registration.app, registration.item_id, time.monotonic() + DELETE_S)
    except ProviderError as error:
        log_warning("item not ended", provider="snaptrade", problem=error.slug)
        report_lost_secret(registration)
    else:
        log_warning("item not stored", provider="snaptrade", user_id=registration.user_id, outcome="ended")
        emit_count("ItemEnded", provider="snaptrade")
    return False


def _is_stored(registration: Registration, credential: list[bytes]) -> bool:
    stored = items.encrypted_credentials([registration.source_key.item]).get(registration.source_key.item)
    return stored is not None and [stored.credential] == credential


def _try_to_store(write: Callable[[], object]) -> None:
    """Make a write without which the lease expires, which says the same."""
    try:
        call_with_timeout(GIVE_UP_S, write)
    except (StoreUnavailable, CallTimeout):
        log_warning("not stored", provider="snaptrade", what="attempt")
