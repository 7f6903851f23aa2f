"""Verify webhooks as the providers document it, independently of the simulators and the product."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.providers.simulators.receiver import Received

PLAID_MAX_AGE_S = 300


def _decode(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def plaid_rejection(received: Received, fetch_key: Callable[[str], dict[str, Any] | None]) -> str | None:
    """Return why a webhook is not from Plaid, or None; `fetch_key` returns the JWK of a kid."""
    token = received.headers.get("plaid-verification")
    if token is None:
        return "unsigned"
    header, claims, signature = token.split(".")
    if json.loads(_decode(header))["alg"] != "ES256":
        return "algorithm"
    jwk = fetch_key(json.loads(_decode(header))["kid"])
    if jwk is None:
        return "unknown key"
    point = ec.EllipticCurvePublicNumbers(
        int.from_bytes(_decode(jwk["x"]), "big"), int.from_bytes(_decode(jwk["y"]), "big"), ec.SECP256R1()
    )
    raw = _decode(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        point.public_key().verify(der, f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return "signature"
    content = json.loads(_decode(claims))
    if time.time() - content["iat"] > PLAID_MAX_AGE_S:
        return "too old"
    if content["request_body_sha256"] != hashlib.sha256(received.body).hexdigest():
        return "body"
    return None


def is_signed_by_snaptrade(received: Received, consumer_key: str) -> bool:
    """Verify a signature with SnapTrade's published sample, without its age check."""
    content = json.dumps(json.loads(received.body), separators=(",", ":"), sort_keys=True)
    digest = hmac.new(consumer_key.encode(), content.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode() == received.headers.get("signature")
