"""JSON over HTTPS to a provider, whole or not at all by a deadline (`time.monotonic()` seconds).

Errors: ProviderTimeout; ProviderError for a broken connection, a truncated or oversized body, a redirect, a 2xx that
is not JSON. Other statuses are returned, for their meaning is the provider's. No URL, header or payload gets into an
exception or a log: secrets travel in them.
"""

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as TransportTimeout

from tidings.errors import ProviderError, ProviderMisconfigured, ProviderTimeout
from tidings.http import connection_pool, strict_json
from tidings.http.timestamps import parse_instant

CONNECT_TIMEOUT_S = 3.0
CALL_CAP_S = 20.0
MAX_BODY_BYTES = 32 * 1024 * 1024
DEFAULT_RETRY_AFTER_S = 60
MAX_RETRY_AFTER_S = 24 * 3600

_CHUNK_BYTES = 256 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """`body` is the parsed JSON, decimals exact; None when an error's body is no JSON. Header names are lower-case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)

    def retry_after_s(self) -> int:
        return retry_after_s(self.headers, time.time())


def send_request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline: float,
    cap_s: float = CALL_CAP_S,
    max_bytes: int | None = None,
) -> HttpResponse:
    """One request, never repeated here. `url` must be https, or http on loopback."""
    _require_private(url)
    token = connection_pool.deadline.set(min(deadline, time.monotonic() + cap_s))
    try:
        return _exchange(method, url, headers, body, max_bytes or MAX_BODY_BYTES)
    except NewConnectionError:  # urllib3 counts a refused connection among the time-outs
        raise ProviderError("The provider can't be reached") from None
    except (TransportTimeout, TimeoutError):
        raise ProviderTimeout from None
    except (HTTPError, OSError, http.client.HTTPException):
        raise ProviderError("The connection to the provider broke") from None
    finally:
        connection_pool.deadline.reset(token)


def _exchange(method: str, url: str, headers: Mapping[str, str], body: bytes | None, max_bytes: int) -> HttpResponse:
    remaining = connection_pool.remaining_s()
    response = (
        connection_pool.pools()
        .manager()
        .request(
            method,
            url,
            body=body,
            headers={"accept": "application/json", "accept-encoding": "gzip", "user-agent": "tidings", **headers},
            timeout=urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, remaining), read=remaining),
            redirect=False,
            retries=False,
            preload_content=False,
        )
    )
    try:
        raw = _read(response, max_bytes)
    finally:
        # Only a connection whose answer was read to its end goes back into the pool.
        response.close()
        response.release_conn()
    return _answer(response.status, {name.lower(): value for name, value in response.headers.items()}, raw)


def _read(response: urllib3.BaseHTTPResponse, max_bytes: int) -> bytes:
    chunks, size = [], 0
    while chunk := response.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            raise ProviderError("The provider's answer is too large")
        chunks.append(chunk)
    return b"".join(chunks)


def _answer(status: int, headers: Mapping[str, str], raw: bytes) -> HttpResponse:
    if 300 <= status < 400:
        raise ProviderError("The provider answered with a redirect")
    try:
        return HttpResponse(status, headers, strict_json.parse(raw))
    except ValueError:
        if status < 400:
            raise ProviderError("The provider's answer is not JSON") from None
        return HttpResponse(status, headers, None)


def retry_after_s(headers: Mapping[str, str], now_s: float) -> int:
    """Whole seconds to wait: `Retry-After` (seconds, HTTP date, ISO-8601), else `X-RateLimit-Reset` (seconds)."""
    for name in ("retry-after", "x-ratelimit-reset"):
        wait = _wait_s(headers.get(name, "").strip(), now_s)
        if wait is not None:
            return max(1, min(MAX_RETRY_AFTER_S, wait))
    return DEFAULT_RETRY_AFTER_S


def _wait_s(text: str, now_s: float) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text[:9])
    instant = parse_instant(text)
    if instant is None:
        instant = _http_date(text)
    return None if instant is None else -int((now_s - instant / 1000) // 1)


def _http_date(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _require_private(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ProviderMisconfigured("The provider's address is neither https nor local")
