"""Plaid's webhook verification keys, kept per process.

A kid comes from whoever calls us, so an unknown one must cost next to nothing: refused ones are remembered, and
look-ups of kids never seen are rationed. A kid that was good before is always looked up again when its time is over.
"""

import re
import time
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec

from tidings import settings
from tidings.errors import InvalidSignature, ProviderError
from tidings.providers.plaid import client

KEY_TTL_S = 3600.0
UNKNOWN_TTL_S = 300.0
MAX_KEYS = 64
MAX_UNKNOWN = 256
LOOKUPS_PER_MINUTE = 10
LOOKUP_DEADLINE_S = 3.0

_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")
_PROFILE = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"}

_Place = tuple[str, str]
T = TypeVar("T")


class _Key(NamedTuple):
    public: ec.EllipticCurvePublicKey
    expired_at: int | None
    until: float


class _Ration:
    """A token bucket: a burst of a minute's look-ups, refilled evenly."""

    def __init__(self) -> None:
        self._tokens = float(LOOKUPS_PER_MINUTE)
        self._at = time.monotonic()

    def take(self) -> None:
        now = time.monotonic()
        self._tokens = min(LOOKUPS_PER_MINUTE, self._tokens + (now - self._at) * LOOKUPS_PER_MINUTE / 60)
        self._at = now
        if self._tokens < 1:
            raise ProviderError("Too many unknown webhook keys: try again later", retry_after_s=60)
        self._tokens -= 1


class KeyRing:
    """What one process knows of Plaid's keys, by base URL (the environment) and kid."""

    def __init__(self) -> None:
        self._keys: OrderedDict[_Place, _Key] = OrderedDict()
        self._unknown: OrderedDict[_Place, float] = OrderedDict()
        self._ration = _Ration()

    def public_key(self, app: Mapping[str, str], kid: str, now: int) -> ec.EllipticCurvePublicKey:
        """InvalidSignature: the key is unknown or expired; ProviderError: it can't be learned now."""
        place = (settings.plaid_base_url(), kid)
        key = self._keys.get(place)
        if key is None or key.until <= time.monotonic():
            key = self._look_up(app, place)
        if key.expired_at is not None and key.expired_at * 1000 <= now:
            raise InvalidSignature("key_expired")
        return key.public

    def _look_up(self, app: Mapping[str, str], place: _Place) -> _Key:
        now = time.monotonic()
        if self._unknown.get(place, now) > now:
            raise InvalidSignature("key_unknown")
        if place not in self._keys:
            self._ration.take()
        try:
            answer = client.post(app, "/webhook_verification_key/get", {"key_id": place[1]}, now + LOOKUP_DEADLINE_S)
        except client.PlaidError as refusal:
            if refusal.code != "INVALID_WEBHOOK_VERIFICATION_KEY_ID":
                raise
            self._keys.pop(place, None)
            _remember(self._unknown, place, time.monotonic() + UNKNOWN_TTL_S, MAX_UNKNOWN)
            raise InvalidSignature("key_unknown") from None
        key = _read(answer.get("key"), place[1])
        _remember(self._keys, place, key, MAX_KEYS)
        return key


key_ring = KeyRing()


def _remember(kept: OrderedDict[_Place, T], place: _Place, value: T, limit: int) -> None:
    kept[place] = value
    kept.move_to_end(place)
    while len(kept) > limit:
        kept.popitem(last=False)


def _read(jwk: object, kid: str) -> _Key:
    if not isinstance(jwk, dict) or any(jwk.get(name) != value for name, value in {**_PROFILE, "kid": kid}.items()):
        raise ProviderError("Plaid's key is not the ES256 key asked for")
    expired_at = jwk.get("expired_at")
    if expired_at is not None and type(expired_at) is not int:
        raise ProviderError("Plaid's key has no readable expiry")
    try:
        numbers = ec.EllipticCurvePublicNumbers(_coordinate(jwk.get("x")), _coordinate(jwk.get("y")), ec.SECP256R1())
        return _Key(numbers.public_key(), expired_at, time.monotonic() + KEY_TTL_S)
    except ValueError:
        raise ProviderError("Plaid's key is not a point of its curve") from None


def _coordinate(value: object) -> int:
    if not isinstance(value, str) or not _COORDINATE.fullmatch(value):
        raise ValueError("not a coordinate")
    return int.from_bytes(urlsafe_b64decode(value + "="))
