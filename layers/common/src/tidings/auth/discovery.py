"""What the issuer publishes: its discovery document and its keys (OpenID Connect Discovery 1.0, RFC 7517).

Every failure, an answer that is not what it must be included, is a ProviderError: the caller decides what it means.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tidings.errors import ProviderError
from tidings.http import client as http_client

MAX_BYTES = 256 * 1024
MAX_KEYS = 100

KeySet = Mapping[str, tuple[Mapping[str, str], ...]]
"""The public parts of keys that may sign, by key id. An id can stand for several, of different types."""

_PUBLIC = ("kty", "alg", "crv", "n", "e", "x", "y")


def fetch_jwks_uri(issuer: str, deadline: float) -> str:
    """Where the issuer's keys are; the document must be the issuer's own."""
    document = _get(issuer.rstrip("/") + "/.well-known/openid-configuration", deadline)
    address = document.get("jwks_uri")
    if document.get("issuer") != issuer or not isinstance(address, str):
        raise ProviderError("The issuer's configuration is another one's")
    if urlsplit(issuer).scheme == "https" != urlsplit(address).scheme:
        raise ProviderError("The issuer's keys are not at an https address")
    return address


def fetch_key_set(address: str, deadline: float) -> KeySet:
    """The keys for signatures. One without any is no answer: an issuer that signs has a key."""
    listed = _get(address, deadline).get("keys")
    found: dict[str, tuple[Mapping[str, str], ...]] = {}
    for jwk in listed[:MAX_KEYS] if isinstance(listed, list) else ():
        if isinstance(jwk, dict) and isinstance(jwk.get("kid"), str) and jwk.get("use", "sig") == "sig":
            public = {name: jwk[name] for name in _PUBLIC if isinstance(jwk.get(name), str)}
            found[jwk["kid"]] = (*found.get(jwk["kid"], ()), public)
    if not found:
        raise ProviderError("The issuer publishes no keys")
    return found


def _get(url: str, deadline: float) -> dict[str, Any]:
    answer = http_client.send_request("GET", url, headers={}, body=None, deadline=deadline, max_bytes=MAX_BYTES)
    if answer.status != 200 or not isinstance(answer.body, dict):
        raise ProviderError("The issuer does not answer properly")
    return answer.body
