"""Serve the HTTP API with the routes, CORS and limits of API Gateway."""

import json
import uuid
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.account import ACCOUNT
from local.gateway.environments import REQUEST_LIMIT, FunctionService, InvocationError
from local.gateway.payload import Invoker, MalformedResponseError, build_event, build_response
from local.gateway.routing import RouteMatch, RouteTable
from local.gateway.specification import Cors, Gateway
from local.gateway.throttling import RequestThrottler

BODY_LIMIT = 10 * 1024 * 1024
_INVOKER = Invoker(api_id="local", account_id=ACCOUNT, default_content_type="text/plain;charset=UTF-8")


class BodyTooLargeError(Exception):
    """The request body exceeds the limit."""


class HttpApi:
    """Handles the requests to the API as API Gateway does."""

    def __init__(self, gateway: Gateway, services: Mapping[str, FunctionService]) -> None:
        self._routes = RouteTable(gateway.routes)
        self._throttler = RequestThrottler(gateway.throttles)
        self._cors = gateway.cors
        self._services = services

    async def handle(self, request: Request) -> Response:
        """Respond to one request."""
        match = self._routes.match(request.method, request.scope["raw_path"].decode("latin-1"))
        if self._cors is not None and request.method == "OPTIONS" and (match is None or match.route.method == "ANY"):
            return _preflight(request, self._cors)
        response = _message(404, "Not Found") if match is None else await self._invoke(request, match)
        if self._cors is not None:
            _set_cors_headers(request, response, self._cors)
        response.headers["apigw-requestid"] = uuid.uuid4().hex[:16]
        return response

    async def _invoke(self, request: Request, match: RouteMatch) -> Response:
        if not self._throttler.admit(match.route.route_key):
            return _message(429, "Too Many Requests")
        try:
            body = await read_body(request, BODY_LIMIT)
        except BodyTooLargeError:
            return _message(413, "Request Entity Too Large")
        event = json.dumps(build_event(request, body, match.route.route_key, match.path_parameters, _INVOKER)).encode()
        if len(event) > REQUEST_LIMIT:  # Lambda rejects the event; API Gateway reports that as an internal error
            return _message(500, "Internal Server Error")
        try:
            payload = await self._services[match.route.function].invoke(event, match.route.timeout_s)
            return build_response(payload, _INVOKER)
        except (InvocationError, MalformedResponseError):
            return _message(500, "Internal Server Error")
        except TimeoutError:
            return _message(503, "Service Unavailable")


async def read_body(request: Request, limit: int) -> bytes:
    """Return the request body. Raises BodyTooLargeError if it exceeds `limit` bytes.

    Reads an oversized body to its end: a client that is still sending would never see the response.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
    if size > limit:
        raise BodyTooLargeError
    return b"".join(parts)


def _message(status: int, text: str) -> Response:
    return JSONResponse({"message": text}, status)


def _allowed_origin(request: Request, cors: Cors) -> str | None:
    origin = request.headers.get("origin")
    if origin is None:
        return None
    if origin in cors.allow_origins:
        return origin
    return "*" if "*" in cors.allow_origins else None


def _preflight(request: Request, cors: Cors) -> Response:
    response = Response(status_code=204)
    origin = _allowed_origin(request, cors)
    if origin is not None and "access-control-request-method" in request.headers:
        response.headers["access-control-allow-origin"] = origin
        response.headers["access-control-allow-methods"] = ",".join(cors.allow_methods)
        response.headers["access-control-allow-headers"] = ",".join(cors.allow_headers)
        if cors.allow_credentials:
            response.headers["access-control-allow-credentials"] = "true"
        if cors.max_age_s is not None:
            response.headers["access-control-max-age"] = str(cors.max_age_s)
    return response


def _set_cors_headers(request: Request, response: Response, cors: Cors) -> None:
    """Replace the function's CORS headers by those of the API, because API Gateway ignores the function's."""
    for name in [name for name in response.headers if name.startswith("access-control-")]:
        del response.headers[name]
    origin = _allowed_origin(request, cors)
    if origin is None:
        return
    response.headers["access-control-allow-origin"] = origin
    if cors.allow_credentials:
        response.headers["access-control-allow-credentials"] = "true"
    if cors.expose_headers:
        response.headers["access-control-expose-headers"] = ",".join(cors.expose_headers)
