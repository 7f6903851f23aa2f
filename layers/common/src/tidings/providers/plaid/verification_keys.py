"""Find Plaid's webhook verification keys: in the process's cache, in the key store, then at Plaid.

The caller chooses the kid, so an unknown one must cost little. A kid that is in neither cache, store nor the list of
refused kids costs one read and one of the ten look-ups a minute. A kid that Plaid confirmed before costs none of the
ten, so forged webhooks cannot keep a new process from a known key. A key from the store is a trust anchor: it is used
for a day after Plaid confirmed it, then looked up again.
"""

import re
import time
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from cryptography.hazmat.backends.openssl import backend as _loaded_before_the_first_key  # noqa: F401
from cryptography.hazmat.primitives.asymmetric import ec

from tidings import settings
from tidings.errors import InvalidSignature, ProviderError
from tidings.model import ConfirmedKey
from tidings.providers.plaid import client
from tidings.providers.plaid.errors import UNKNOWN_WEBHOOK_KEY, PlaidError
from tidings.providers.protocol import NO_KEY_STORE, KeyStore

KEY_TTL_S = 3600.0
CONFIRMED_FOR_S = 24 * 3600.0
UNKNOWN_TTL_S = 300.0
MAX_KEYS = 64
MAX_UNKNOWN = 256
LOOKUPS_PER_MINUTE = 10
LOOKUP_DEADLINE_S = 3.0

_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")
_PROFILE = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"}

_CacheKey = tuple[str, str]
"""Base URL and kid."""

T = TypeVar("T")


class _Key(NamedTuple):
    """A parsed key. `until`: how long to use it without asking again, in monotonic seconds."""

    public: ec.EllipticCurvePublicKey
    expired_at: int | None
    until: float


class _TokenBucket:
    """Allows a burst of one minute's look-ups, and refills evenly."""

    def __init__(self) -> None:
        self._tokens = float(LOOKUPS_PER_MINUTE)
        self._at = time.monotonic()

    def acquire(self) -> None:
        now = time.monotonic()
        self._tokens = min(LOOKUPS_PER_MINUTE, self._tokens + (now - self._at) * LOOKUPS_PER_MINUTE / 60)
        self._at = now
        if self._tokens < 1:
            raise ProviderError("Too many unknown webhook keys.", retry_after_s=60)
        self._tokens -= 1


class KeyRing:
    """The keys that one process knows, by base URL (the environment) and kid."""

    def __init__(self) -> None:
        self._keys: OrderedDict[_CacheKey, _Key] = OrderedDict()
        self._unknown: OrderedDict[_CacheKey, float] = OrderedDict()
        self._look_ups = _TokenBucket()

    def public_key(
        self, app: Mapping[str, str], kid: str, now: int, store: KeyStore = NO_KEY_STORE
    ) -> ec.EllipticCurvePublicKey:
        """Return the key. Raises InvalidSignature if it is unknown or expired, ProviderError if the look-up fails."""
        cache_key = (settings.plaid_base_url(), kid)
        key = self._keys.get(cache_key)
        if key is None or key.until <= time.monotonic():
            key = self._find(app, cache_key, now, store)
        if key.expired_at is not None and key.expired_at * 1000 <= now:
            raise InvalidSignature("key_expired")
        return key.public

    def _find(self, app: Mapping[str, str], cache_key: _CacheKey, now: int, store: KeyStore) -> _Key:
        """Return the stored key, or look it up and store it."""
        if self._unknown.get(cache_key, 0) > time.monotonic():
            raise InvalidSignature("key_unknown")
        if cache_key not in self._keys:
            stored = store.find_key(*cache_key)
            if stored is None:
                self._look_ups.acquire()
            elif (key := _restore_key(stored, cache_key[1], now)) is not None:
                _remember(self._keys, cache_key, key, MAX_KEYS)
                return key
        jwk = self._look_up(app, cache_key)
        key = _parse_key(jwk, cache_key[1])
        _remember(self._keys, cache_key, key, MAX_KEYS)
        store.save_key(*cache_key, ConfirmedKey(jwk["x"], jwk["y"], key.expired_at, now))
        return key

    def _look_up(self, app: Mapping[str, str], cache_key: _CacheKey) -> Any:  # noqa: ANN401 - JSON
        deadline = time.monotonic() + LOOKUP_DEADLINE_S
        try:
            response = client.post(app, "/webhook_verification_key/get", {"key_id": cache_key[1]}, deadline)
        except PlaidError as refusal:
            if refusal.code != UNKNOWN_WEBHOOK_KEY:
                raise
            self._keys.pop(cache_key, None)
            _remember(self._unknown, cache_key, time.monotonic() + UNKNOWN_TTL_S, MAX_UNKNOWN)
            raise InvalidSignature("key_unknown") from None
        return response.get("key")


key_ring = KeyRing()


def _remember(entries: OrderedDict[_CacheKey, T], cache_key: _CacheKey, value: T, limit: int) -> None:
    entries[cache_key] = value
    entries.move_to_end(cache_key)
    while len(entries) > limit:
        entries.popitem(last=False)


def _restore_key(stored: ConfirmedKey, kid: str, now: int) -> _Key | None:
    """Parse a stored key; None if it must be looked up again."""
    fresh_s = CONFIRMED_FOR_S - abs(now - stored.confirmed_at) / 1000
    jwk = {**_PROFILE, "kid": kid, "x": stored.x, "y": stored.y, "expired_at": stored.expired_at}
    return _parse_key(jwk, kid, min(KEY_TTL_S, fresh_s)) if fresh_s > 0 else None


def _parse_key(jwk: object, kid: str, lasts_s: float = KEY_TTL_S) -> _Key:
    if not isinstance(jwk, dict) or any(jwk.get(name) != value for name, value in {**_PROFILE, "kid": kid}.items()):
        raise ProviderError("Plaid's key is not the requested ES256 key")
    expired_at = jwk.get("expired_at")
    if expired_at is not None and type(expired_at) is not int:
        raise ProviderError("Plaid's key has no valid expiry")
    try:
        numbers = ec.EllipticCurvePublicNumbers(_coordinate(jwk.get("x")), _coordinate(jwk.get("y")), ec.SECP256R1())
        return _Key(numbers.public_key(), expired_at, time.monotonic() + lasts_s)
    except ValueError:
        raise ProviderError("Plaid's key is not a point on its curve") from None


def _coordinate(value: object) -> int:
    if not isinstance(value, str) or not _COORDINATE.fullmatch(value):
        raise ValueError("not a coordinate")
    return int.from_bytes(urlsafe_b64decode(value + "="))
