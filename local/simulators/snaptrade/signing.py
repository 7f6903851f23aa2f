"""Compute and verify SnapTrade's signatures: base64(HMAC-SHA256(consumer key, canonical JSON))."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from local.simulators.snaptrade.errors import SnapTradeError, bad_signature_error

# SnapTrade documents no limit; this one reveals a client with a stale clock or a reused signature.
TIMESTAMP_SKEW_S = 300


def encode_canonical(content: object) -> bytes:
    """Encode as compact ASCII JSON with keys sorted at every depth."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def compute_signature(consumer_key: str, content: object) -> str:
    return base64.b64encode(hmac.digest(consumer_key.encode(), encode_canonical(content), hashlib.sha256)).decode()


def compute_request_signature(consumer_key: str, path: str, query: str, body: object) -> str:
    """Sign a request; `query` is the exact query string, and an absent or empty body is signed as null."""
    return compute_signature(consumer_key, {"content": body or None, "path": path, "query": query})


def verify_request(
    client_id: str,
    consumer_key: str,
    path: str,
    query: str,
    parameters: Mapping[str, str],
    body: object,
    signature: str | None,
) -> None:
    """Verify a request. Raises SnapTradeError (401) if client id, timestamp or signature is wrong."""
    if parameters.get("clientId") != client_id:
        raise SnapTradeError(401, "1083", "Invalid clientId provided")
    timestamp = parameters.get("timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TIMESTAMP_SKEW_S:
        raise SnapTradeError(401, "1076", "Invalid timestamp")
    expected = compute_request_signature(consumer_key, path, query, body)
    if signature is None or not hmac.compare_digest(signature.encode(), expected.encode()):
        raise bad_signature_error()
