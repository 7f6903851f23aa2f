"""Cache the issuer's keys per process.

An unknown key id makes the keys be fetched again, at most once per pause: any caller can send forged ids. Cached keys
stay valid during a short outage of the issuer, so that it signs nobody out.
"""

import time
from collections.abc import Mapping
from functools import cache

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from tidings import clock
from tidings.auth import discovery
from tidings.auth.discovery import KeySet
from tidings.errors import InvalidToken, IssuerUnavailable, ProviderError
from tidings.observability import emit_count, log_warning

FRESH_MS = 600_000
"""How long cached keys are used without a fetch. A withdrawn key is rejected after this time."""

STALE_MS = 3_600_000
"""How long cached keys are used while the issuer does not respond."""

UNKNOWN_PAUSE_MS = 30_000
FAILED_PAUSE_MS = 5_000
DEADLINE_S = 3.0

_LONG_AGO = -STALE_MS

ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""The accepted signature algorithms, each with the key type and curve that it requires."""


class KeyRing:
    """The cached keys of one issuer."""

    def __init__(self, address: str) -> None:
        self._issuer = address
        self._jwks_uri: str | None = None
        self._keys: KeySet = {}
        self._parsed: dict[tuple[str, str], PyJWK] = {}
        self._fetched_at = _LONG_AGO
        self._tried_at = _LONG_AGO
        self._failed = False

    def verification_key(self, kid: str, algorithm: str) -> PyJWK:
        """Return the key with this id for this algorithm.

        Raises InvalidToken if there is none, IssuerUnavailable if the keys can't be fetched now.
        """
        now = clock.now_ms()
        if now - self._fetched_at > FRESH_MS:
            self._fetch(now)
        if now - self._fetched_at > STALE_MS:
            raise self._unavailable(now)
        if kid not in self._keys:
            self._fetch(now)
        if kid not in self._keys:
            raise self._unavailable(now) if self._failed else InvalidToken("key_unknown")
        if (kid, algorithm) not in self._parsed:
            self._parsed[kid, algorithm] = _parse_key(self._keys[kid], algorithm)
        return self._parsed[kid, algorithm]

    def _fetch(self, now: int) -> None:
        """Fetch the keys, at most once per pause. If that fails, the cached keys stay."""
        if now - self._tried_at < self._pause_ms:
            return
        self._tried_at, deadline = now, time.monotonic() + DEADLINE_S
        try:
            if self._jwks_uri is None or now - self._fetched_at > FRESH_MS:
                self._jwks_uri = discovery.fetch_jwks_uri(self._issuer, deadline)
            self._keys = discovery.fetch_key_set(self._jwks_uri, deadline)
        except ProviderError as error:
            self._failed = True
            log_warning("issuer unavailable", reason=str(error))
            emit_count("IssuerUnavailable")
        else:
            self._failed, self._fetched_at = False, now
            self._parsed.clear()

    @property
    def _pause_ms(self) -> int:
        return FAILED_PAUSE_MS if self._failed else UNKNOWN_PAUSE_MS

    def _unavailable(self, now: int) -> IssuerUnavailable:
        return IssuerUnavailable(retry_after_s=clock.seconds_until(self._tried_at + self._pause_ms, now))


@cache
def key_ring(address: str) -> KeyRing:
    """Return the process's key ring of an issuer."""
    return KeyRing(address)


def _parse_key(candidates: tuple[Mapping[str, str], ...], algorithm: str) -> PyJWK:
    kind, curve = ALGORITHMS[algorithm]
    for jwk in candidates:
        has_key_type = jwk.get("kty") == kind and jwk.get("crv") == curve
        if has_key_type and jwk.get("alg", algorithm) == algorithm:
            try:
                return PyJWK(dict(jwk), algorithm)
            except (PyJWTError, ValueError):
                raise InvalidToken("key_unreadable") from None
    raise InvalidToken("key_unfit")
