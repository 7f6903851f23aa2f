"""Sign webhooks as Plaid does: an ES256 JWT over the SHA-256 of the body, with the key id in its header."""

import base64
import hashlib
import json
import time
import uuid
from typing import Any, TypedDict

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

COORDINATE_BYTES = 32


class KeyRecord(TypedDict):
    """A signing key; times are epoch seconds, and `expired_at` is None while the key is valid."""

    kid: str
    pem: str
    created_at: int
    expired_at: int | None


def generate_key() -> KeyRecord:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"kid": str(uuid.uuid4()), "pem": pem.decode(), "created_at": int(time.time()), "expired_at": None}


def _private(record: KeyRecord) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(record["pem"].encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the key in the state file is not an EC key")
    return key


def public_jwk(record: KeyRecord) -> dict[str, Any]:
    """Return the public key as /webhook_verification_key/get sends it."""
    point = _private(record).public_key().public_numbers()
    return {
        "alg": "ES256",
        "created_at": record["created_at"],
        "crv": "P-256",
        "expired_at": record["expired_at"],
        "kid": record["kid"],
        "kty": "EC",
        "use": "sig",
        "x": _base64url(point.x.to_bytes(COORDINATE_BYTES, "big")),
        "y": _base64url(point.y.to_bytes(COORDINATE_BYTES, "big")),
    }


def encode_body(payload: dict[str, Any]) -> bytes:
    """Encode as JSON indented by two spaces; the signature covers these exact bytes."""
    return json.dumps(payload, indent=2, sort_keys=True).encode()


def sign(record: KeyRecord, body: bytes, issued_at: int) -> str:
    """Return the value of the Plaid-Verification header."""
    header = {"alg": "ES256", "kid": record["kid"], "typ": "JWT"}
    claims = {"iat": issued_at, "request_body_sha256": hashlib.sha256(body).hexdigest()}
    signed = f"{_segment(header)}.{_segment(claims)}"
    r, s = decode_dss_signature(_private(record).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")
    return f"{signed}.{_base64url(signature)}"


def _segment(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
