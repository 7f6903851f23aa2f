"""Convert between HTTP and payload format 2.0: request to event, function response to HTTP response.

HTTP APIs and function URLs use the same format; `Invoker` holds the differences.
"""

import base64
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

_TEXT_TYPES = frozenset({"application/json", "application/xml", "application/javascript"})
_TEXT_SUFFIXES = ("+json", "+xml")
_UNFORWARDED = frozenset({"connection", "cookie", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})


class MalformedResponseError(Exception):
    """The function's response violates payload format 2.0."""


@dataclass(frozen=True)
class Invoker:
    """The API or function URL that invokes the function."""

    api_id: str
    account_id: str
    default_content_type: str


def build_event(
    request: Request, body: bytes, route_key: str, path_parameters: dict[str, str], invoker: Invoker
) -> dict[str, Any]:
    """Build the event of one request; absent fields have no key, as on AWS."""
    headers = _headers(request)
    query = request.scope["query_string"].decode("latin-1")
    cookies = [pair.strip() for value in request.headers.getlist("cookie") for pair in value.split(";") if pair.strip()]
    is_base64 = bool(body) and not _is_text(headers.get("content-type", "text/plain"))
    event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.scope["path"],
        "rawQueryString": query,
        "cookies": cookies,
        "headers": headers,
        "queryStringParameters": _join_repeated(parse_qsl(query, keep_blank_values=True)),
        "requestContext": _context(request, headers, route_key, invoker),
        "pathParameters": path_parameters,
        "body": base64.b64encode(body).decode() if is_base64 else body.decode("utf-8", "replace"),
        "isBase64Encoded": is_base64,
    }
    optional = ("cookies", "queryStringParameters", "pathParameters", "body")
    return {name: value for name, value in event.items() if value or name not in optional}


def _headers(request: Request) -> dict[str, str]:
    """Lower-case the header names, join repeated headers by comma, and add the headers that AWS adds."""
    headers = _join_repeated([(name.lower(), value) for name, value in request.headers.items()])
    client = request.client.host if request.client else ""
    forwarded = headers.get("x-forwarded-for")
    return {
        **{name: value for name, value in headers.items() if name not in _UNFORWARDED},
        "x-amzn-trace-id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}",
        "x-forwarded-for": f"{forwarded}, {client}" if forwarded else client,
        "x-forwarded-port": str(request.url.port or 80),
        "x-forwarded-proto": request.url.scheme,
    }


def _join_repeated(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _context(request: Request, headers: dict[str, str], route_key: str, invoker: Invoker) -> dict[str, Any]:
    now = time.time()
    host = headers.get("host", "")
    return {
        "accountId": invoker.account_id,
        "apiId": invoker.api_id,
        "domainName": host,
        "domainPrefix": host.split(".")[0],
        "http": {
            "method": request.method,
            "path": request.scope["path"],
            "protocol": f"HTTP/{request.scope['http_version']}",
            "sourceIp": request.client.host if request.client else "",
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route_key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }


def _is_text(content_type: str) -> bool:
    """Return whether API Gateway passes a body as text; it encodes all others in base64."""
    media_type = content_type.split(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in _TEXT_TYPES or media_type.endswith(_TEXT_SUFFIXES)


def build_response(payload: bytes, invoker: Invoker) -> Response:
    """Build the HTTP response; a result without statusCode becomes a 200 with a JSON body.

    Raises MalformedResponseError if the result violates the format.
    """
    try:
        result = json.loads(payload)
    except ValueError as error:
        raise MalformedResponseError("the response is not JSON") from error
    if not isinstance(result, dict) or "statusCode" not in result:
        return Response(json.dumps(result, ensure_ascii=False), 200, media_type="application/json")
    return _explicit_response(result, invoker)


def _explicit_response(result: dict[str, Any], invoker: Invoker) -> Response:
    headers, cookies = result.get("headers") or {}, result.get("cookies") or []
    try:
        status, body = int(result["statusCode"]), _decode_body(result)
    except (TypeError, ValueError) as error:
        raise MalformedResponseError("statusCode or body is malformed") from error
    if not isinstance(headers, dict) or not isinstance(cookies, list) or not 100 <= status < 600:
        raise MalformedResponseError("headers, cookies or statusCode is malformed")
    response = Response(body, status)
    for name, value in headers.items():
        if name.lower() != "content-length":
            response.headers[name.lower()] = _header_value(value)
    response.headers.setdefault("content-type", invoker.default_content_type)
    for cookie in cookies:
        response.headers.append("set-cookie", _header_value(cookie))
    return response


def _decode_body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise TypeError(type(body).__name__)
    return base64.b64decode(body, validate=True) if result.get("isBase64Encoded") is True else body.encode()


def _header_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise MalformedResponseError("a header value is not a string")
    return str(value)
