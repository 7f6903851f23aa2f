"""Sign tokens with ES256 by `cryptography` alone, so that signer and verifier share no JWT library."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

_COORDINATE_BYTES = 32


def _new_private() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class SigningKey:
    """A key pair and its id."""

    kid: str = field(default_factory=lambda: str(uuid4()))
    private: ec.EllipticCurvePrivateKey = field(default_factory=_new_private, repr=False)

    def public_jwk(self) -> dict[str, str]:
        """Return the public key as a JWK (RFC 7517)."""
        point = self.private.public_key().public_numbers()
        x, y = (encode_base64url(number.to_bytes(_COORDINATE_BYTES, "big")) for number in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid, "x": x, "y": y}

    def sign_jwt(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """Sign a JWT; `header` overrides the default header."""
        usual = {"alg": "ES256", "kid": self.kid, "typ": "JWT"}
        text = f"{_segment({**usual, **header})}.{_segment(claims)}"
        r, s = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
        return f"{text}.{encode_base64url(signature)}"


def _segment(content: Mapping[str, Any]) -> str:
    return encode_base64url(json.dumps(content, separators=(",", ":")).encode())


def encode_base64url(raw: bytes) -> str:
    """Encode without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
