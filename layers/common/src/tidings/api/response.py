"""Answers: JSON, or a problem of RFC 9457. Amounts are exact decimals, so simplejson writes them as numbers."""

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
_GZIP_LEVEL = 3
_MAX_BODY_BYTES = 6 * 1024 * 1024 - 4096
"""Lambda hands over 6 MB, as a JSON text that holds the body and a few headers."""

Response = dict[str, Any]
"""A Lambda answer of payload format 2.0."""


def json_response(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Response:
    """`body` without decimals; None for no body."""
    return _answer(status, "" if body is None else json.dumps(body, separators=(",", ":")), headers)


def decimal_response(request: Request, status: int, body: object) -> Response:
    """`body` with decimals, written exactly; gzip when it is large and the caller accepts it. AnswerTooLarge."""
    import simplejson

    text = simplejson.dumps(body, use_decimal=True, separators=(",", ":"))
    if len(text) <= _GZIP_OVER_BYTES:
        return _answer(status, text, None)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        if len(text) + text.count('"') + text.count("\\") > _MAX_BODY_BYTES:
            raise ResponseTooLarge("Ask with accept-encoding: gzip, or for one provider alone.")
        return _answer(status, text, None)
    packed = base64.b64encode(gzip.compress(text.encode(), _GZIP_LEVEL)).decode()
    if len(packed) > _MAX_BODY_BYTES:
        raise ResponseTooLarge("Ask for one provider alone.")
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "content-encoding": "gzip", "vary": "accept-encoding"},
        "isBase64Encoded": True,
        "body": packed,
    }


def etag_response(request: Request, body: object) -> Response:
    """200 with an ETag, or 304 when the caller has it already."""
    text = json.dumps(body, separators=(",", ":"))
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    seen = request.headers.get("if-none-match", "")
    if etag in (candidate.strip().removeprefix("W/") for candidate in seen.split(",")):
        return {"statusCode": 304, "headers": {"etag": etag}}
    return _answer(200, text, {"etag": etag, "cache-control": "private, no-cache"})


def problem_response(error: TidingsError) -> Response:
    """The one place where an error becomes HTTP."""
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
    if isinstance(error, Unauthenticated) and settings.oidc():
        headers["www-authenticate"] = _REFUSED_TOKEN if isinstance(error, InvalidToken) else _CHALLENGE
    return _answer(error.status, json.dumps(body, separators=(",", ":")), headers)


_CHALLENGE = 'Bearer realm="tidings"'
_REFUSED_TOKEN = f'{_CHALLENGE}, error="invalid_token"'
"""RFC 6750; only where bearer tokens are taken, for a cookie has no scheme that could be named."""

_DEFAULT_RETRY_AFTER_S = 60


def _answer(status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    kind = {"content-type": "application/json"} if text else {}
    return {"statusCode": status, "headers": {**kind, **(headers or {})}, "body": text}
