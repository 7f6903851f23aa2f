"""SnapTrade's two signatures, both base64(HMAC-SHA256(consumer key, canonical JSON))."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from local.simulators.snaptrade.errors import SnapTradeRefusal, bad_signature

# SnapTrade documents no limit; one that a client with a stale clock or a reused signature would notice.
TIMESTAMP_SKEW_S = 300


def canonical(content: object) -> bytes:
    """Compact, keys sorted at every depth, ASCII only."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def signature(consumer_key: str, content: object) -> str:
    return base64.b64encode(hmac.digest(consumer_key.encode(), canonical(content), hashlib.sha256)).decode()


def request_signature(consumer_key: str, path: str, query: str, body: object) -> str:
    """`query` exactly as it is sent; an absent or empty body is signed as null."""
    return signature(consumer_key, {"content": body or None, "path": path, "query": query})


def check_request(
    client_id: str,
    consumer_key: str,
    path: str,
    query: str,
    asked: Mapping[str, str],
    body: object,
    sent: str | None,
) -> None:
    """Raises SnapTradeRefusal (401) unless client, timestamp and signature are right."""
    if asked.get("clientId") != client_id:
        raise SnapTradeRefusal(401, "1083", "Invalid clientId provided")
    timestamp = asked.get("timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TIMESTAMP_SKEW_S:
        raise SnapTradeRefusal(401, "1076", "Invalid timestamp")
    expected = request_signature(consumer_key, path, query, body)
    if sent is None or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise bad_signature()
