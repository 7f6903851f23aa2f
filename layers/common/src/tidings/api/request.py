"""Parse the HTTP request of an API Gateway or function URL event, payload format 2.0."""

import base64
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tidings.errors import BadRequest, PayloadTooLarge
from tidings.model import ProviderName

MAX_BODY_BYTES = 64 * 1024
"""The limit of front-end routes. Webhooks have their own."""

_PREFIXES: tuple[tuple[str, ProviderName], ...] = (("/plaid/", "plaid"), ("/api/snaptrade/", "snaptrade"))


class Request(NamedTuple):
    """A parsed request. `route` is the API's route key, as in `POST /connections`; a stage or base path is not in it.

    Header names are lower-case; `body` is the bytes sent. Values of a repeated query parameter are joined by commas.
    """

    route: str
    method: str
    path: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    path_parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def provider(self) -> ProviderName | None:
        """Return the provider that the route names, or None for a combined route."""
        resource = self.route.partition(" ")[2]
        return next((provider for prefix, provider in _PREFIXES if resource.startswith(prefix)), None)

    def json(self) -> dict[str, Any]:
        """Parse the body as a JSON object; an empty body is `{}`. Raises BadRequest or PayloadTooLarge."""
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
    """Parse the event: lower-case the header names and decode base64. Raises BadRequest if the body is not base64."""
    http = event.get("requestContext", {}).get("http", {})
    return Request(
        route=str(event.get("routeKey", "$default")),
        method=str(http.get("method", "GET")).upper(),
        path=str(http.get("path") or event.get("rawPath", "/")),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        cookies=_cookies(event.get("cookies") or ()),
        path_parameters=event.get("pathParameters") or {},
        query=event.get("queryStringParameters") or {},
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
