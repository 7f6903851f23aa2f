"""Fetch the issuer's discovery document and keys (OpenID Connect Discovery 1.0, RFC 7517).

Every failure raises ProviderError, an invalid response included: the caller decides what it means.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tidings.errors import ProviderError
from tidings.http import client as http_client

MAX_BYTES = 256 * 1024
MAX_KEYS = 100

KeySet = Mapping[str, tuple[Mapping[str, str], ...]]
"""The public parts of the signing keys, by key id. Several keys of different types can share an id."""

_PUBLIC = ("kty", "alg", "crv", "n", "e", "x", "y")


def fetch_jwks_uri(issuer: str, deadline: float) -> str:
    """Return the URL of the issuer's keys. Raises ProviderError if the document is another issuer's."""
    document = _get(issuer.rstrip("/") + "/.well-known/openid-configuration", deadline)
    address = document.get("jwks_uri")
    is_own_document = document.get("issuer") == issuer
    if not is_own_document or not isinstance(address, str):
        raise ProviderError("The discovery document names another issuer or no key URL")
    if urlsplit(issuer).scheme == "https" != urlsplit(address).scheme:
        raise ProviderError("The issuer's keys are not at an https address")
    return address


def fetch_key_set(address: str, deadline: float) -> KeySet:
    """Return the keys for signatures. Raises ProviderError if there are none: an issuer that signs has a key."""
    keys = _get(address, deadline).get("keys")
    found: dict[str, tuple[Mapping[str, str], ...]] = {}
    for jwk in keys[:MAX_KEYS] if isinstance(keys, list) else ():
        if isinstance(jwk, dict) and isinstance(jwk.get("kid"), str) and jwk.get("use", "sig") == "sig":
            public = {name: jwk[name] for name in _PUBLIC if isinstance(jwk.get(name), str)}
            found[jwk["kid"]] = (*found.get(jwk["kid"], ()), public)
    if not found:
        raise ProviderError("The issuer publishes no keys")
    return found


def _get(url: str, deadline: float) -> dict[str, Any]:
    response = http_client.send_request("GET", url, headers={}, body=None, deadline=deadline, max_bytes=MAX_BYTES)
    if response.status != 200 or not isinstance(response.body, dict):
        raise ProviderError("The issuer does not respond properly")
    return response.body
