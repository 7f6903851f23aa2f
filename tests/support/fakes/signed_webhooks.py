"""Sign webhooks as the providers do, with test keys: independent of the product and the simulators."""

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class PlaidKey:
    """One of Plaid's signing keys."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    kid: str = field(default_factory=lambda: str(uuid.uuid4()))

    def jwk(self, **changes: object) -> dict[str, Any]:
        numbers = self.private.public_key().public_numbers()
        jwk: dict[str, Any] = {
            "alg": "ES256",
            "crv": "P-256",
            "kid": self.kid,
            "kty": "EC",
            "use": "sig",
            "x": base64url(numbers.x.to_bytes(32)),
            "y": base64url(numbers.y.to_bytes(32)),
            "created_at": 1560466143,
            "expired_at": None,
        }
        return jwk | changes

    def sign(
        self, body: bytes, iat: object, *, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None
    ) -> str:
        """Return the JWT for `Plaid-Verification`; `header` and `claims` are merged into the genuine ones."""
        heads = {"alg": "ES256", "kid": self.kid, "typ": "JWT"} | (header or {})
        claimed = {"iat": iat, "request_body_sha256": hashlib.sha256(body).hexdigest()} | (claims or {})
        signed = f"{base64url(json.dumps(heads).encode())}.{base64url(json.dumps(claimed).encode())}"
        return f"{signed}.{base64url(self.sign_text(signed.encode()))}"

    def sign_text(self, text: bytes) -> bytes:
        """Return the signature in the JWT format: r and s, 32 bytes each."""
        r, s = decode_dss_signature(self.private.sign(text, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def with_other_s(token: str) -> str:
    """Replace the signature by its other valid form: (r, n - s)."""
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    other = P256_ORDER - int.from_bytes(raw[32:])
    return f"{signed}.{base64url(raw[:32] + other.to_bytes(32))}"


def plaid_body(payload: object) -> bytes:
    """Encode as Plaid does: indented by two."""
    return json.dumps(payload, indent=2).encode()


def canonical_ascii(payload: object) -> bytes:
    """Encode as SnapTrade's published sample does."""
    return json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()


def canonical_utf8(payload: object) -> bytes:
    return json.dumps(payload, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def snaptrade_signature(signed: bytes, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).decode()
