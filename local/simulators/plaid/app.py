"""Assemble the Plaid simulator as a Starlette app."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from local.simulators.control import CONTROL_PREFIX, SimulatorControls, build_shared_routes
from local.simulators.control_errors import ControlError, handle_control_error
from local.simulators.middleware import SimulatorMiddleware, SubjectResolver
from local.simulators.plaid import api, control, errors, link, portal
from local.simulators.plaid.state import Simulator, load_state
from local.simulators.plaid.webhooks import RETRY_SCHEDULE
from local.simulators.responses import REDIRECT_TARGET
from local.simulators.state_file import StateFile

CLIENT_ID = "sim-plaid-client"
SECRET = "sim-plaid-secret"
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(*, client_id: str = CLIENT_ID, secret: str = SECRET, state: Path | None = None) -> Starlette:
    """Create the app; without a `state` file a restart loses the state."""
    file = StateFile(state)
    sim = Simulator(client_id, secret, SimulatorControls.with_schedule(RETRY_SCHEDULE), file, load_state(file))

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with sim.controls.sender:
            yield

    app = Starlette(
        routes=[
            *(Route(path, _endpoint(sim, path), methods=["POST"]) for path in api.CALLS),
            Route(REDIRECT_TARGET, _respond_to_redirect, methods=["GET", "POST"]),
            *portal.ROUTES,
            *build_shared_routes(sim.controls),
            *control.build_routes(sim),
        ],
        middleware=[
            Middleware(
                SimulatorMiddleware,
                calls=sim.controls.calls,
                faults=sim.controls.faults,
                resolve_subject=_subject_resolver(sim),
                excluded_prefixes=(CONTROL_PREFIX, link.HOSTED_LINK_PATH),
            )
        ],
        exception_handlers={
            errors.PlaidError: errors.handle_plaid_error,
            ControlError: handle_control_error,
            404: _not_found,
        },
        lifespan=lifespan,
    )
    app.state.simulator = sim
    return app


def _endpoint(sim: Simulator, path: str) -> Endpoint:
    call, required = api.CALLS[path]

    async def endpoint(request: Request) -> Response:
        body = _parse_body(await request.body())
        headers = request.headers
        api.require_credentials(
            sim, headers.get("plaid-client-id", body.get("client_id")), headers.get("plaid-secret", body.get("secret"))
        )
        api.require_fields(body, required)
        base = str(request.base_url).rstrip("/")
        response = await call(sim, body | {"hosted_link_base": base})
        return JSONResponse(response | {"request_id": errors.new_request_id()})

    return endpoint


def _parse_body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise errors.PlaidError("INVALID_REQUEST", "INVALID_BODY", "body could not be parsed as JSON") from error
    if not isinstance(body, dict):
        raise errors.PlaidError("INVALID_REQUEST", "INVALID_BODY", "body must be a JSON object")
    return body


def _subject_resolver(sim: Simulator) -> SubjectResolver:
    def resolve_subject(_scope: Scope, raw: bytes) -> Mapping[str, str]:
        try:
            body = json.loads(raw)
        except ValueError:
            return {}
        access_token = body.get("access_token") if isinstance(body, dict) else None
        if access_token is None:
            return {}
        held = [item["item_id"] for item in sim.state["items"].values() if item["access_token"] == access_token]
        return {"item_id": held[0]} if held else {}

    return resolve_subject


async def _respond_to_redirect(_request: Request) -> Response:
    """Respond at the target of a redirect fault; the call log shows clients that follow it."""
    return JSONResponse({})


async def _not_found(request: Request, _error: Exception) -> Response:
    return errors.handle_plaid_error(
        request, errors.PlaidError("INVALID_REQUEST", "NOT_FOUND", "no such endpoint", 404)
    )
