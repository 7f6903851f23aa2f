"""Build responses: JSON or RFC 9457 problems. Amounts are exact decimals, which simplejson writes as numbers."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tidings import settings
from tidings.api.request import Request
from tidings.errors import InvalidToken, ResponseTooLarge, TidingsError, Unauthenticated

_GZIP_OVER_BYTES = 1_000_000
_GZIP_TEXT_OVER_BYTES = 100_000
"""Of a text with an ETag: a history repeats itself, and shrinks to a sixth in 5 ms."""
_GZIP_LEVEL = 3
_MAX_BODY_BYTES = 6 * 1024 * 1024 - 4096
"""Lambda returns at most 6 MB: a JSON text that contains the body and the headers."""

_NOT_STORED = "private, no-store"
_REVALIDATED = "private, no-cache"
"""Of a response with an ETag: a cache may keep it, but has to ask each time. No other response is stored."""

Response = dict[str, Any]
"""A Lambda response of payload format 2.0."""


def json_response(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Response:
    """Build a JSON response. `body` contains no decimals; None sends no body."""
    return _response(status, "" if body is None else json.dumps(body, separators=(",", ":")), headers)


def decimal_response(request: Request, status: int, body: object) -> Response:
    """Build a JSON response with exact decimals, compressed if it is large and the caller accepts gzip.

    Raises ResponseTooLarge if it exceeds what Lambda can return.
    """
    return _text_response(request, status, _decimal_text(body), _GZIP_OVER_BYTES)


def _decimal_text(body: object) -> str:
    import simplejson

    return simplejson.dumps(body, separators=(",", ":"))


def _text_response(request: Request, status: int, text: str, gzip_over: int) -> Response:
    if len(text) <= gzip_over:
        return _response(status, text, None)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        if len(text) + text.count('"') + text.count("\\") > _MAX_BODY_BYTES:
            raise ResponseTooLarge("Request with accept-encoding: gzip, or request a single provider.")
        return _response(status, text, None)
    compressed = base64.b64encode(gzip.compress(text.encode(), _GZIP_LEVEL)).decode()
    if len(compressed) > _MAX_BODY_BYTES:
        raise ResponseTooLarge("Request a single provider.")
    return {
        "statusCode": status,
        "headers": {
            "content-type": "application/json",
            "content-encoding": "gzip",
            "vary": "accept-encoding",
            "cache-control": _NOT_STORED,
        },
        "isBase64Encoded": True,
        "body": compressed,
    }


def etag_response(request: Request, body: object) -> Response:
    """Build a 200 with an ETag, or a 304 if the caller has this body already. `body` contains no decimals."""
    text = json.dumps(body, separators=(",", ":"))
    etag = _etag(text)
    return _unchanged(request, etag) or _response(200, text, {"etag": etag, "cache-control": _REVALIDATED})


def etag_text_response(request: Request, text: str) -> Response:
    """Build a 200 of a JSON text with an ETag, or a 304 if the caller has this body already.

    Raises ResponseTooLarge if it exceeds what Lambda can return. No cache keeps it; the caller may.
    """
    etag = _etag(text)
    unchanged = _unchanged(request, etag)
    if unchanged:
        return unchanged
    sent = _text_response(request, 200, text, _GZIP_TEXT_OVER_BYTES)
    sent["headers"]["etag"] = etag
    return sent


def _etag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _unchanged(request: Request, etag: str) -> Response | None:
    known_etags = request.headers.get("if-none-match", "")
    if etag in (known.strip().removeprefix("W/") for known in known_etags.split(",")):
        return {"statusCode": 304, "headers": {"etag": etag, "cache-control": _REVALIDATED}}
    return None


def problem_response(error: TidingsError) -> Response:
    """Build the problem response of an error."""
    body: dict[str, object] = {
        "type": f"urn:tidings:problem:{error.slug}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
    }
    headers = {"content-type": "application/problem+json"}
    if error.status in {429, 503}:
        seconds = error.retry_after_s or _DEFAULT_RETRY_AFTER_S
        body["retry_after"] = seconds
        headers["retry-after"] = str(seconds)
    if error.outcomes:
        body["providers"] = error.outcomes
    if isinstance(error, Unauthenticated) and settings.oidc():
        headers["www-authenticate"] = _INVALID_TOKEN if isinstance(error, InvalidToken) else _CHALLENGE
    return _response(error.status, json.dumps(body, separators=(",", ":")), headers)


_CHALLENGE = 'Bearer realm="tidings"'
_INVALID_TOKEN = f'{_CHALLENGE}, error="invalid_token"'
"""Challenges of RFC 6750. Sent only if the deployment accepts bearer tokens: a cookie has no scheme to name."""

_DEFAULT_RETRY_AFTER_S = 60


def _response(status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    content_type = {"content-type": "application/json"} if text else {}
    return {
        "statusCode": status,
        "headers": {"cache-control": _NOT_STORED, **content_type, **(headers or {})},
        "body": text,
    }
