"""One HTTP request, read from API Gateway's (or a function URL's) event of payload format 2.0."""

import base64
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tidings.errors import BadRequest, PayloadTooLarge

MAX_BODY_BYTES = 64 * 1024
"""Of a front-end route. Webhooks have a limit of their own."""


class Request(NamedTuple):
    """`route` is the API's key, as in `POST /connections`. Header names are lower-case; `body` is the bytes sent."""

    route: str
    method: str
    path: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    path_parameters: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; a missing one is `{}`. BadRequest when it is anything else."""
        if len(self.body) > MAX_BODY_BYTES:
            raise PayloadTooLarge
        if not self.body.strip():
            return {}
        try:
            value = json.loads(self.body.decode())
        except (ValueError, RecursionError):
            raise BadRequest("The body is not JSON.") from None
        if not isinstance(value, dict):
            raise BadRequest("The body is not a JSON object.")
        return value


def parse_request(event: Mapping[str, Any]) -> Request:
    """Lower-cases header names and undoes base64, whoever called: the gateway, a function URL or a test."""
    http = event.get("requestContext", {}).get("http", {})
    return Request(
        route=str(event.get("routeKey", "$default")),
        method=str(http.get("method", "GET")).upper(),
        path=str(http.get("path") or event.get("rawPath", "/")),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        cookies=_cookies(event.get("cookies") or ()),
        path_parameters=event.get("pathParameters") or {},
        body=_body(event),
    )


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise BadRequest("The body is not base64.") from None


def _cookies(cookies: list[str] | tuple[()]) -> dict[str, str]:
    pairs = (cookie.partition("=") for cookie in cookies)
    return {name.strip(): value for name, _, value in pairs}
