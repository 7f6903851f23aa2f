"""Sign messages as Standard Webhooks specifies: HMAC-SHA256 over id, timestamp and body, version v1."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from tidings.errors import NotConfigured

SECRET_NAMES = ("signing_secret", "signing_secret_previous")
"""Fields of the deployment's secret. While both are there, a message has both signatures."""

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)


def signing_keys(secret: Mapping[str, str]) -> list[bytes]:
    """Return the keys to sign with. Raises NotConfigured if there is none, or one is malformed."""
    keys = [_parse_key(secret[name]) for name in SECRET_NAMES if name in secret]
    if not keys:
        raise NotConfigured("The secret of notifications is empty.")
    return keys


def sign_headers(keys: list[bytes], message_id: str, sent_at_s: int, body: bytes) -> dict[str, str]:
    """Return the headers that let the receiver verify the message."""
    signed = f"{message_id}.{sent_at_s}.".encode() + body
    signatures = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at_s),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _parse_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(_PREFIX) or len(key) not in _KEY_BYTES:
        raise NotConfigured("A signing secret is not whsec_ and the base64 of 24 to 64 bytes.")
    return key
