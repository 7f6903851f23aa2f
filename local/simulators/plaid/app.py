"""The Plaid simulator as a Starlette app."""

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

from local.simulators.control import CONTROL, Switchboard, shared_routes
from local.simulators.control_errors import Refused, refused
from local.simulators.middleware import Identify, Observer
from local.simulators.plaid import api, control, errors, link, portal
from local.simulators.plaid.state import Simulator, load
from local.simulators.plaid.webhooks import SCHEDULE
from local.simulators.responses import REDIRECTED
from local.simulators.state_file import StateFile

CLIENT_ID = "sim-plaid-client"
SECRET = "sim-plaid-secret"
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(*, client_id: str = CLIENT_ID, secret: str = SECRET, state: Path | None = None) -> Starlette:
    """With no `state` file nothing is kept across restarts."""
    file = StateFile(state)
    sim = Simulator(client_id, secret, Switchboard.with_schedule(SCHEDULE), file, load(file))

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with sim.board.courier:
            yield

    app = Starlette(
        routes=[
            *(Route(path, _endpoint(sim, path), methods=["POST"]) for path in api.CALLS),
            Route(REDIRECTED, _redirected, methods=["GET", "POST"]),
            *portal.ROUTES,
            *shared_routes(sim.board),
            *control.routes(sim),
        ],
        middleware=[
            Middleware(
                Observer,
                calls=sim.board.calls,
                faults=sim.board.faults,
                identify=_identify(sim),
                outside=(CONTROL, link.HOSTED_LINK),
            )
        ],
        exception_handlers={errors.PlaidRefusal: errors.answered, Refused: refused, 404: _unknown},
        lifespan=lifespan,
    )
    app.state.simulator = sim
    return app


def _endpoint(sim: Simulator, path: str) -> Endpoint:
    call, required = api.CALLS[path]

    async def endpoint(request: Request) -> Response:
        body = _parsed(await request.body())
        headers = request.headers
        api.check_credentials(
            sim, headers.get("plaid-client-id", body.get("client_id")), headers.get("plaid-secret", body.get("secret"))
        )
        api.check_fields(body, required)
        base = str(request.base_url).rstrip("/")
        answer = await call(sim, body | {"hosted_link_base": base})
        return JSONResponse(answer | {"request_id": errors.request_id()})

    return endpoint


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise errors.PlaidRefusal("INVALID_REQUEST", "INVALID_BODY", "body could not be parsed as JSON") from error
    if not isinstance(body, dict):
        raise errors.PlaidRefusal("INVALID_REQUEST", "INVALID_BODY", "body must be a JSON object")
    return body


def _identify(sim: Simulator) -> Identify:
    def identify(_scope: Scope, raw: bytes) -> Mapping[str, str]:
        try:
            body = json.loads(raw)
        except ValueError:
            return {}
        access_token = body.get("access_token") if isinstance(body, dict) else None
        if access_token is None:
            return {}
        held = [item["item_id"] for item in sim.state["items"].values() if item["access_token"] == access_token]
        return {"item_id": held[0]} if held else {}

    return identify


async def _redirected(_request: Request) -> Response:
    """Where a redirect fault leads: a client that follows it is seen here."""
    return JSONResponse({})


async def _unknown(request: Request, _error: Exception) -> Response:
    return errors.answered(request, errors.PlaidRefusal("INVALID_REQUEST", "NOT_FOUND", "no such endpoint", 404))
