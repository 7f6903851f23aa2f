"""Call a provider: JSON over HTTPS, complete before a deadline (`time.monotonic()` seconds) and the work's time limit.

Raises ProviderTimeout, or ProviderError if the connection breaks, the body is truncated or too large, the response is
a redirect, or a 2xx has a body that is not JSON. Other statuses are returned, since each provider defines their
meaning. No URL, header or payload gets into an exception or a log: they contain secrets.
"""

import http.client
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as TransportTimeout

from tidings.concurrency import remaining_s
from tidings.errors import ProviderError, ProviderMisconfigured, ProviderTimeout
from tidings.http import connection_pool, strict_json
from tidings.http.timestamps import parse_instant

CONNECT_TIMEOUT_S = 3.0
CALL_CAP_S = 20.0
MAX_BODY_BYTES = 32 * 1024 * 1024
DEFAULT_RETRY_AFTER_S = 60
MAX_RETRY_AFTER_S = 24 * 3600

_NUMBER = re.compile(r"[0-9]{1,19}(\.[0-9]{1,19})?")
_MIN_EPOCH_S = 10**9
"""A larger number is an instant: nobody demands a wait of 31 years."""

_MAX_EPOCH_S = 10**12
_NO_CONTENT = 204
_CHUNK_BYTES = 256 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response. `body`: the parsed JSON with exact decimals; None if it is empty, or an error's that is not JSON.

    Header names are lower-case.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def retry_after_s(self) -> int:
        """Return the seconds to wait before the next call."""
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
    parse: Callable[[bytes], Any] = strict_json.parse,
) -> HttpResponse:
    """Send one request, without retries. Raises ProviderMisconfigured unless `url` is https, or http on loopback.

    `parse` turns the body into what is returned. It raises ValueError if it can't.
    """
    _require_private_transport(url)
    token = connection_pool.deadline.set(min(deadline, time.monotonic() + min(cap_s, remaining_s())))
    try:
        return _exchange(method, url, headers, body, max_bytes or MAX_BODY_BYTES, parse)
    except NewConnectionError:  # a subclass of the time-out: urllib3 raises it for a refused connection
        raise ProviderError("The provider can't be reached") from None
    except (TransportTimeout, TimeoutError):
        raise ProviderTimeout from None
    except (HTTPError, OSError, http.client.HTTPException):
        raise ProviderError("The connection to the provider broke") from None
    finally:
        connection_pool.deadline.reset(token)


def _exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    max_bytes: int,
    parse: Callable[[bytes], Any],
) -> HttpResponse:
    remaining = connection_pool.remaining_s()
    response = (
        connection_pool.pools()
        .pool_manager()
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
        raw = _read_body(response, max_bytes)
    finally:
        # Only a connection whose response was read to its end goes back into the pool.
        response.close()
        response.release_conn()
    return _parse_response(
        response.status, {name.lower(): value for name, value in response.headers.items()}, raw, parse
    )


def _read_body(response: urllib3.BaseHTTPResponse, max_bytes: int) -> bytes:
    chunks, size = [], 0
    while chunk := response.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            raise ProviderError("The provider's response is too large")
        chunks.append(chunk)
    return b"".join(chunks)


def _parse_response(status: int, headers: Mapping[str, str], raw: bytes, parse: Callable[[bytes], Any]) -> HttpResponse:
    if 300 <= status < 400:
        raise ProviderError("The provider responded with a redirect")
    if not raw.strip() and _is_declared_empty(status, headers):
        return HttpResponse(status, headers, None)
    try:
        return HttpResponse(status, headers, parse(raw))
    except ValueError:
        if status < 400:
            raise ProviderError("The provider's response is not JSON") from None
        return HttpResponse(status, headers, None)


def _is_declared_empty(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an empty body is known to be whole: without a declared end, a broken connection looks the same."""
    return status == _NO_CONTENT or "content-length" in headers or "transfer-encoding" in headers


def retry_after_s(headers: Mapping[str, str], now_s: float) -> int:
    """Return whole seconds to wait, from `Retry-After` or `X-RateLimit-Reset`, or the default if neither is understood.

    Each can be seconds, an epoch, an HTTP date or ISO-8601.
    """
    for name in ("retry-after", "x-ratelimit-reset"):
        wait = _parse_wait_s(headers.get(name, "").strip(), now_s)
        if wait is not None:
            return max(1, min(MAX_RETRY_AFTER_S, math.ceil(wait)))
    return DEFAULT_RETRY_AFTER_S


def _parse_wait_s(text: str, now_s: float) -> float | None:
    """Parse one header. Of values joined by commas, as a proxy joins repeated headers, the longest wait counts."""
    waits = [_parse_single_wait_s(part.strip(), now_s) for part in text.split(",")]
    understood = [wait for wait in waits if wait is not None]
    if len(understood) == len(waits):
        return max(understood)
    instant_s = _parse_http_date(text)
    return None if instant_s is None else instant_s - now_s


def _parse_single_wait_s(text: str, now_s: float) -> float | None:
    if _NUMBER.fullmatch(text):
        number = float(text)
        while number > _MAX_EPOCH_S:
            number /= 1000  # an epoch in milliseconds or finer
        return number - now_s if number > _MIN_EPOCH_S else number
    instant = parse_instant(text)
    return None if instant is None else instant / 1000 - now_s


def _parse_http_date(text: str) -> float | None:
    try:
        instant = parsedate_to_datetime(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _require_private_transport(url: str) -> None:
    parts = urlsplit(url)
    is_loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not is_loopback:
        raise ProviderMisconfigured("The provider's address is neither https nor local")
