"""A new SnapTrade secret in place of the old one, under the lease that registrations are made under.

SnapTrade ends the old secret when it makes the new one, and shows the new one only in that answer. So what can fail is
tried out before, a lost answer is followed by another try with the old secret, storing goes on until it succeeds, and
signals that end a command wait meanwhile. Killed in between, the secret is lost; the next run finds that out.
"""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping

from tidings import access, clock, settings
from tidings.errors import Conflict, ProviderError, ReconnectRequired, StoreUnavailable
from tidings.model import EVERY_SOURCE, Access, Source
from tidings.providers.snaptrade import connections as snaptrade
from tidings.store import credentials, items, leases, secrets, sources
from tidings.store.leases import Lease
from tidings.store.sources import Key

_CALLING_S = 20.0
_LEASE_MS = 300_000
_STORING_S = 180.0
_PAUSE_S = 2.0
_TRIES = 3


class NotRotated(Exception):
    """The old secret still counts."""


class SecretLost(Exception):
    """No secret that is known here counts: the user has to connect anew."""


def rotate(user_id: str, say: Callable[[str], None]) -> None:
    """NotRotated, SecretLost; TidingsError when nothing was begun."""
    if settings.snaptrade_key_type() == "personal":
        raise NotRotated("A personal key has no user secrets.")
    key, app = _key(user_id), _app()
    sealed = items.sealed([key.item]).get(key.item)
    if sealed is None or sealed.user_id != user_id:
        raise NotRotated("No secret of this user is stored. The user has to connect anew (`replace`).")
    old = credentials.access(key, key.item.partition("#")[2], app, sealed.credential)
    now = clock.now_ms()
    lease = leases.hold(key.item, user_id, now, now + _LEASE_MS, sealed.version)
    try:
        _check(old, key)
        with _undisturbed():
            _store(key, lease, _reset(old, say), say)
    except SecretLost:
        access.mark_lost(user_id, [row for row in _rows(user_id) if items.key("snaptrade", row.item_id) == key.item])
        raise
    finally:
        leases.end(lease)


def _key(user_id: str) -> Key:
    item_id = next((row.item_id for row in _rows(user_id) if row.source_id == EVERY_SOURCE), None)
    if item_id is None:
        raise NotRotated("This user has not connected through SnapTrade.")
    return Key(user_id, "snaptrade", EVERY_SOURCE, items.key("snaptrade", item_id))


def _rows(user_id: str) -> tuple[Source, ...]:
    return sources.of_user(user_id).of("snaptrade")


def _app() -> Mapping[str, str]:
    app = secrets.app("snaptrade")
    if not snaptrade.configured(app):
        raise NotRotated("The provider snaptrade is not configured.")
    return app


def _check(old: Access, key: Key) -> None:
    """What the new secret will need, while nothing is at stake: the old secret, SnapTrade and KMS."""
    if not _works(old):
        raise SecretLost(
            "SnapTrade refuses the stored secret: it was lost before. The user has to connect anew (`replace`)."
        )
    credentials.seal(key, old.credential)


def _reset(old: Access, say: Callable[[str], None]) -> str:
    """The new secret. Another try has the old one: if it is refused by then, an answer was lost that had the new."""
    for attempt in range(_TRIES):
        try:
            return snaptrade.reset_secret(old, _deadline())
        except ReconnectRequired:
            raise SecretLost(
                "SnapTrade made a new secret, and its answer was lost. Nobody can get it again: the user has to connect"
                " anew (`replace`)."
            ) from None
        except ProviderError as error:
            say(f"{error.detail} (try {attempt + 1} of {_TRIES})")
            time.sleep(_PAUSE_S)
    try:
        works = _works(old)
    except ProviderError:
        raise NotRotated("SnapTrade does not answer. Run the command again: it finds out what became of it.") from None
    if works:
        raise NotRotated("SnapTrade made no new secret; the old one works on. Run the command again later.")
    raise SecretLost("SnapTrade made a new secret, and its answer was lost. The user has to connect anew (`replace`).")


def _store(key: Key, lease: Lease, secret: str, say: Callable[[str], None]) -> None:
    give_up_at = time.monotonic() + _STORING_S
    sealed: bytes | None = None
    while True:
        try:
            # Sealed once: a write whose answer was lost is known again by what it wrote.
            sealed = sealed or credentials.seal(key, secret)
            leases.renew(lease, sealed)
        except StoreUnavailable as error:
            if time.monotonic() > give_up_at:
                raise SecretLost("The new secret could not be stored. The user has to connect anew.") from error
            say("The new secret can't be stored now: trying again. Do not stop this command.")
            time.sleep(_PAUSE_S)
        except Conflict:
            raise NotRotated("The user was deleted or registered anew meanwhile.") from None
        else:
            return


def _works(held: Access) -> bool:
    try:
        snaptrade.listed(held, _deadline())
    except ReconnectRequired:
        return False
    return True


def _deadline() -> float:
    return time.monotonic() + _CALLING_S


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C and a polite kill wait until the new secret is stored."""
    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
