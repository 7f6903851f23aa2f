"""Replace a SnapTrade user's secret, under the lease that registrations take.

SnapTrade invalidates the old secret when it creates the new one, and shows the new one only in that response. So
everything that can fail is tried first. After a lost response, the old secret is tried again. The write is retried
until it succeeds. Signals that end a command are blocked meanwhile. If the process is killed in between, the
secret is lost, and the next run detects that.
"""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping

from tidings import clock, settings
from tidings.aws import secrets
from tidings.errors import Conflict, ProviderError, ReconnectRequired, StoreUnavailable
from tidings.model import Access
from tidings.provider_access import credentials as access
from tidings.providers.snaptrade import connections as snaptrade
from tidings.store import credentials, items, registration_leases, user_state
from tidings.store.registration_leases import Lease
from tidings.store.sources import SourceKey

_CALL_TIMEOUT_S = 20.0
_LEASE_MS = 300_000
_STORING_S = 180.0
_PAUSE_S = 2.0
_ATTEMPTS = 3


class NotRotated(Exception):
    """The old secret is still valid."""


class SecretLost(Exception):
    """No known secret is valid: the user has to connect again."""


def rotate(user_id: str, say: Callable[[str], None]) -> None:
    """Rotate the secret. Raises NotRotated, SecretLost, or TidingsError if nothing was started."""
    if settings.snaptrade_key_type() == "personal":
        raise NotRotated("A personal key has no user secrets.")
    key, app = _key(user_id), _app()
    sealed = items.encrypted_credentials([key.item]).get(key.item)
    if sealed is None or sealed.user_id != user_id:
        raise NotRotated("No secret of this user is stored. The user has to connect again (`replace`).")
    old = credentials.decrypt_access(key, key.item.item_id, app, sealed.credential)
    now = clock.now_ms()
    lease = registration_leases.acquire(key.item, user_id, now, now + _LEASE_MS, sealed.version)
    try:
        _check_prerequisites(old, key)
        with _signals_blocked():
            _store(key, lease, _reset(old, say), say)
    except SecretLost:
        access.record_lost_credential(user_id, user_state.read_user_state(user_id).of_item(key.item))
        raise
    finally:
        registration_leases.release(lease)


def _key(user_id: str) -> SourceKey:
    rows = user_state.read_user_state(user_id).of_provider("snaptrade")
    item = next((row.item for row in rows if row.is_wildcard), None)
    if item is None:
        raise NotRotated("This user has not connected through SnapTrade.")
    return SourceKey.wildcard(user_id, item)


def _app() -> Mapping[str, str]:
    app = secrets.app_secret("snaptrade")
    if not snaptrade.is_configured(app):
        raise NotRotated("The provider snaptrade is not configured.")
    return app


def _check_prerequisites(old: Access, key: SourceKey) -> None:
    """Check the old secret, SnapTrade and KMS while nothing can be lost yet."""
    if not _is_valid(old):
        raise SecretLost(
            "SnapTrade rejects the stored secret: it was lost before. The user has to connect again (`replace`)."
        )
    credentials.encrypt(key, old.credential)


def _reset(old: Access, say: Callable[[str], None]) -> str:
    """Return the new secret. If a retry finds the old one invalid, a lost response contained the new one."""
    for attempt in range(_ATTEMPTS):
        try:
            return snaptrade.reset_secret(old, _deadline())
        except ReconnectRequired:
            raise SecretLost(
                "SnapTrade created a new secret, but the response was lost. It can't be retrieved: the user has to"
                " connect again (`replace`)."
            ) from None
        except ProviderError as error:
            say(f"{error.detail} (attempt {attempt + 1} of {_ATTEMPTS})")
            time.sleep(_PAUSE_S)
    try:
        still_valid = _is_valid(old)
    except ProviderError:
        raise NotRotated(
            "SnapTrade does not respond. Run the command again to find out whether the secret was replaced."
        ) from None
    if still_valid:
        raise NotRotated("SnapTrade created no new secret; the old one is still valid. Run the command again later.")
    raise SecretLost(
        "SnapTrade created a new secret, but the response was lost. The user has to connect again (`replace`)."
    )


def _store(key: SourceKey, lease: Lease, secret: str, say: Callable[[str], None]) -> None:
    give_up_at = time.monotonic() + _STORING_S
    sealed: bytes | None = None
    while True:
        try:
            # Encrypt once: a write whose response was lost is recognised by its ciphertext.
            sealed = sealed or credentials.encrypt(key, secret)
            registration_leases.store_credential(lease, sealed)
        except StoreUnavailable as error:
            if time.monotonic() > give_up_at:
                raise SecretLost("The new secret could not be stored. The user has to connect again.") from error
            say("The new secret can't be stored now: retrying. Do not stop this command.")
            time.sleep(_PAUSE_S)
        except Conflict:
            raise NotRotated("The user was deleted or registered again in the meantime.") from None
        else:
            return


def _is_valid(credential: Access) -> bool:
    try:
        snaptrade.list_connections(credential, _deadline())
    except ReconnectRequired:
        return False
    return True


def _deadline() -> float:
    return time.monotonic() + _CALL_TIMEOUT_S


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block Ctrl-C and SIGTERM until the new secret is stored."""
    blocked = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
