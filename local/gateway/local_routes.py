"""Serve the routes that exist only locally: the page, sign-in, health and the simulators' control API."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from local.gateway.environments import InvocationError
from local.gateway.schedule import ScheduledRule
from local.gateway.specification import ECB_PATH, ISSUER_PATH, Component, Gateway, Issuer
from local.simulators.control_errors import ControlError, handle_control_error
from local.simulators.ecb.app import create_app as create_ecb_app
from local.simulators.issuer.app import create_app
from local.static_site import StaticSite

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SESSION_S = 12 * 3600
_PROXY_TIMEOUT_S = 40.0


class LocalRoutes:
    """Serves the page and `/_local/...` to this machine only.

    A visitor through a tunnel could otherwise sign in as any user.
    """

    def __init__(self, gateway: Gateway, rules: Mapping[str, ScheduledRule]) -> None:
        self._rules = rules
        self._table = gateway.sessions_table
        self._endpoint = gateway.ministack
        self._components = {component.name: component for component in gateway.components}
        self._page = StaticSite(Path(gateway.page), config=gateway.page_config)
        self._allowed_hosts = {f"127.0.0.1:{gateway.port}", f"localhost:{gateway.port}"}
        self._deployment = gateway.deployment
        self._client = httpx.AsyncClient(timeout=_PROXY_TIMEOUT_S, trust_env=False)
        self.app = Starlette(
            routes=[
                Route("/_local/login", self._login, methods=["POST"]),
                Route("/_local/logout", self._logout, methods=["POST"]),
                Route("/_local/health", self._health),
                *_issuer_routes(gateway.issuer),
                Mount(ECB_PATH, create_ecb_app(ECB_PATH)),
                Route("/_local/deployment", self._show_deployment),
                Route("/_local/schedules/{logical_id}/run", self._run_schedule, methods=["POST"]),
                Route(
                    "/_local/simulators/{provider}/{path:path}",
                    self._forward_to_simulator,
                    methods=["GET", "POST", "DELETE"],
                ),
                Route("/{path:path}", self._page.serve),
            ],
            exception_handlers={ControlError: handle_control_error},
        )

    def is_local_request(self, request: Request) -> bool:
        """Return whether a request is for a local route and comes from this machine."""
        path = request.url.path
        is_local = path.startswith("/_local/") or self._page.has_path(path)
        is_forwarded = any(name == "forwarded" or name.startswith("x-forwarded-") for name in request.headers)
        return is_local and not is_forwarded and request.headers.get("host") in self._allowed_hosts

    async def close(self) -> None:
        """Close the connections to the other components."""
        await self._client.aclose()

    @cached_property
    def _dynamodb(self) -> "DynamoDBClient":
        from local import aws  # lazy: importing boto3 takes 0.2 s, and only a sign-in needs it

        return aws.dynamodb(self._endpoint)

    async def _login(self, request: Request) -> Response:
        body = await _json_object(request)
        user_id, email = body.get("user_id"), body.get("email")
        if not (isinstance(user_id, str) and user_id and isinstance(email, str) and email):
            raise HTTPException(400, "user_id and email are required")
        cookie = secrets.token_urlsafe(32)
        await asyncio.to_thread(self._store_session, cookie, user_id, email)
        response = JSONResponse({"user_id": user_id, "email": email, "expires_in_s": _SESSION_S})
        response.set_cookie("session_id", cookie, max_age=_SESSION_S, path="/", httponly=True, samesite="lax")
        return response

    def _store_session(self, cookie: str, user_id: str, email: str) -> None:
        if self._table is None:
            raise HTTPException(404, "the template has no SessionsTable")
        self._dynamodb.put_item(
            TableName=self._table,
            Item={
                "session": {"S": hashlib.sha256(cookie.encode()).hexdigest()},
                "user_id": {"S": user_id},
                "email": {"S": email},
                "expires_at": {"N": str(int(time.time()) + _SESSION_S)},
            },
        )

    async def _logout(self, request: Request) -> Response:
        cookie = request.cookies.get("session_id")
        if cookie and self._table:
            key = {"session": {"S": hashlib.sha256(cookie.encode()).hexdigest()}}
            await asyncio.to_thread(self._dynamodb.delete_item, TableName=self._table, Key=key)
        response = Response(status_code=204)
        response.delete_cookie("session_id", path="/", httponly=True, samesite="lax")
        return response

    async def _health(self, _request: Request) -> Response:
        states = await asyncio.gather(*(self._is_healthy(component) for component in self._components.values()))
        components = dict(zip(self._components, states, strict=True))
        return JSONResponse({"ok": all(states), "parts": components}, 200 if all(states) else 503)

    async def _show_deployment(self, _request: Request) -> Response:
        return JSONResponse(self._deployment)

    async def _run_schedule(self, request: Request) -> Response:
        rule = self._rules.get(request.path_params["logical_id"])
        if rule is None:
            raise HTTPException(404, f"unknown schedule; known schedules: {', '.join(sorted(self._rules)) or 'none'}")
        try:
            await rule.run()
        except InvocationError as error:
            raise HTTPException(502, str(error)) from error
        return Response(status_code=204)

    async def _is_healthy(self, component: Component) -> bool:
        try:
            return (await self._client.get(component.url + component.health_path, timeout=2)).is_success
        except httpx.HTTPError:
            return False

    async def _forward_to_simulator(self, request: Request) -> Response:
        component = self._components.get(f"{request.path_params['provider']} simulator")
        if component is None:
            raise HTTPException(404, "no such simulator is running")
        response = await self._client.request(
            request.method,
            f"{component.url}/_sim/{request.path_params['path']}",
            params=request.query_params,
            content=await request.body(),
            headers={"content-type": request.headers.get("content-type", "application/json")},
        )
        return Response(response.content, response.status_code, media_type=response.headers.get("content-type"))


def _issuer_routes(issuer: Issuer | None) -> Iterator[BaseRoute]:
    """Build the routes of the issuer, and `/_local/token`, which mints a token for any user id."""
    if issuer is None:
        return
    app = create_app(issuer.address, issuer.audience)

    async def mint_token(request: Request) -> Response:
        return JSONResponse(await app.state.mint_token(await _json_object(request)))

    yield Route("/_local/token", mint_token, methods=["POST"])
    yield Mount(ISSUER_PATH, app)


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        value = await request.json()
    except ValueError as error:
        raise HTTPException(400, "the body is not JSON") from error
    if not isinstance(value, dict):
        raise HTTPException(400, "the body is not a JSON object")
    return value
