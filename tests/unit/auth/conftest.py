"""An issuer without a network: its published keys, the requests it gets and the tokens it signs."""

import json
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.support.fakes.clock import StoppedClock
from tidings import clock
from tidings.auth import jwks
from tidings.errors import ProviderError
from tidings.http import client as http_client
from tidings.settings import Oidc

ISSUER = "https://issuer.example/tenant"
ACCEPTED = Oidc(ISSUER, ("tidings", "tidings-mobile"), "sub")


_CURVES: Mapping[str, type[ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}


def new_key(kind: str) -> Any:  # noqa: ANN401 - one of many classes
    """`RSA`, `RSA-1024`, a curve's name or `Ed25519`."""
    if kind.startswith("RSA"):
        return rsa.generate_private_key(65537, int(kind[4:] or 2048))
    return ec.generate_private_key(_CURVES[kind]()) if kind in _CURVES else ed25519.Ed25519PrivateKey.generate()


def jwk_of(private: Any, kid: str, **more: object) -> dict[str, Any]:  # noqa: ANN401
    scribes: dict[type, Any] = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    scribe = next((scribe for kind, scribe in scribes.items() if isinstance(private, kind)), OKPAlgorithm)
    found: dict[str, Any] = json.loads(scribe.to_jwk(private.public_key()))
    found.pop("key_ops", None)
    return {**found, "kid": kid, "use": "sig", **more}


def token_claims(**changed: object) -> dict[str, object]:
    """Return a valid token's claims with changes; None omits one."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": "tidings", "sub": "alice", "iat": now, "exp": now + 300}
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


@dataclass
class PublishedIssuer:
    """`private` keys by id; `published` what the key set lists; `documents` stand in for what it would answer."""

    private: dict[str, Any] = field(default_factory=dict)
    published: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    down: bool = False

    def add(self, kind: str, kid: str, **more: object) -> str:
        self.private[kid] = new_key(kind)
        self.published.append(jwk_of(self.private[kid], kid, **more))
        return kid

    def withdraw(self, kid: str) -> None:
        self.published = [jwk for jwk in self.published if jwk["kid"] != kid]

    def sign(self, kid: str, algorithm: str, header: Mapping[str, Any] | None = None, **changed: object) -> str:
        with warnings.catch_warnings(action="ignore"):  # of keys that are too short, on purpose
            content, headers = (
                json.dumps(token_claims(**changed)).encode(),
                {"typ": "JWT", "kid": kid, **(header or {})},
            )
            return jwt.PyJWS().encode(content, self.private[kid], algorithm, headers)

    def call(self, method: str, url: str, **sent: Any) -> http_client.HttpResponse:  # noqa: ANN401
        assert (method, sent["max_bytes"], sent["headers"], sent["body"]) == ("GET", 256 * 1024, {}, None)
        assert sent["deadline"] - time.monotonic() <= 3
        self.requests.append(url)
        if self.down:
            raise ProviderError("The provider can't be reached")
        usual = {
            f"{ISSUER}/.well-known/openid-configuration": {"issuer": ISSUER, "jwks_uri": "https://keys.example/set"},
            "https://keys.example/set": {"keys": self.published},
        }
        found = self.documents.get(url, usual.get(url))
        return (
            found
            if isinstance(found, http_client.HttpResponse)
            else http_client.HttpResponse(200 if found else 404, {}, found)
        )


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> PublishedIssuer:
    """An issuer with one EC key, `first`, that the process has not fetched yet."""
    issuer = PublishedIssuer()
    issuer.add("P-256", "first")
    monkeypatch.setattr(http_client, "send_request", issuer.call)
    jwks.key_ring.cache_clear()
    return issuer


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """The clock of cached keys; tokens are compared with the real time."""
    stopped = StoppedClock(clock.now_ms())
    monkeypatch.setattr(clock, "now_ms", stopped.now_ms)
    return stopped
