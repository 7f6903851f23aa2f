"""Call a handler as API Gateway does: with an event of payload format 2.0."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tidings.auth import current_user as sign_in

ORIGIN = "https://app.example.com"


@dataclass(frozen=True)
class LambdaContext:
    """The part of the runtime's context that the product reads."""

    aws_request_id: str = "test-request"


@dataclass(frozen=True)
class ApiResponse:
    status: int
    headers: Mapping[str, str]
    text: str
    size: int
    """Size in bytes of the body that Lambda returns."""

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.text, parse_float=Decimal)


def gateway_event(
    route: str,
    *,
    cookie: str | None = None,
    body: object = None,
    raw: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    origin: str | None = ORIGIN,
    base64_encoded: bool = False,
) -> dict[str, Any]:
    """Build an event. `route` as in the template (`POST /plaid/webhook`); `raw` replaces `body`, which is sent as JSON.

    `origin`: the page's origin, sent with a cookie on writes. None sends no Origin header.
    """
    method, path = route.split(" ")
    for name, value in (parameters or {}).items():
        path = path.replace(f"{{{name}}}", value)
    content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    from_page = {"origin": origin} if cookie and method != "GET" and origin is not None else {}
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **from_page, **(headers or {})},
        "cookies": [f"{sign_in.COOKIE}={cookie}"] if cookie else [],
        "pathParameters": dict(parameters or {}),
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}, "requestId": "r"},
        "body": base64.b64encode(content).decode() if base64_encoded else content.decode("utf-8", "surrogateescape"),
        "isBase64Encoded": base64_encoded,
    }


def call(handler: Callable[[dict[str, Any], Any], dict[str, Any]], sent: dict[str, Any]) -> ApiResponse:
    answer = handler(sent, LambdaContext())
    headers = answer.get("headers", {})
    content = answer.get("body") or ""
    size = len(content.encode())
    if answer.get("isBase64Encoded"):
        unpacked = base64.b64decode(content)
        content = (gzip.decompress(unpacked) if headers.get("content-encoding") == "gzip" else unpacked).decode()
    return ApiResponse(answer["statusCode"], headers, content, size)
