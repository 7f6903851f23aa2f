"""The SnapTrade simulator as a Starlette app."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from local.simulators.control import CONTROL, Switchboard, shared_routes
from local.simulators.control_errors import Refused, refused
from local.simulators.middleware import Identify, Observer
from local.simulators.responses import REDIRECTED
from local.simulators.snaptrade import api, control, errors, portal, users
from local.simulators.snaptrade.signed_request import checked
from local.simulators.snaptrade.state import Simulator, identifier, load
from local.simulators.snaptrade.webhooks import SCHEDULE
from local.simulators.state_file import StateFile

CLIENT_ID = "SIM-SNAPTRADE"
CONSUMER_KEY = "sim-snaptrade-consumer-key"
WEBHOOK_SECRET = "sim-snaptrade-webhook-secret"
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    *,
    webhook_url: str,
    client_id: str = CLIENT_ID,
    consumer_key: str = CONSUMER_KEY,
    webhook_secret: str = WEBHOOK_SECRET,
    state: Path | None = None,
    personal: bool = False,
) -> Starlette:
    """With no `state` file nothing is kept across restarts. `webhook_secret` is the deprecated field of the body."""
    file = StateFile(state)
    board = Switchboard.with_schedule(SCHEDULE)
    sim = Simulator(client_id, consumer_key, webhook_url, webhook_secret, board, file, load(file), personal)
    if personal:
        users.person(sim)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with board.courier:
            yield

    app = Starlette(
        routes=[
            *(Route(path, _endpoint(sim, call), methods=[method]) for method, path, call in api.CALLS),
            Route(REDIRECTED, _redirected, methods=["GET", "POST"]),
            *portal.ROUTES,
            *shared_routes(board),
            *control.routes(sim),
        ],
        middleware=[
            Middleware(
                Observer,
                calls=board.calls,
                faults=board.faults,
                identify=_identify(sim),
                outside=(CONTROL, users.PORTAL),
            )
        ],
        exception_handlers={
            errors.SnapTradeRefusal: errors.answered,
            Refused: refused,
            404: _unknown,
            405: _not_allowed,
        },
        lifespan=lifespan,
    )
    app.state.simulator = sim
    return app


def _endpoint(sim: Simulator, call: api.Call) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        answer = await call(sim, await checked(sim, request))
        return JSONResponse(answer, headers={"x-request-id": identifier().replace("-", "")})

    return endpoint


def _identify(sim: Simulator) -> Identify:
    """Who and what is asked about, from the query, the body (registerUser) and the path."""

    def identify(scope: Scope, raw: bytes) -> Mapping[str, str]:
        subject: dict[str, str] = {}
        query = parse_qs(scope["query_string"].decode())
        user_id = query["userId"][0] if "userId" in query else _user_in(raw)
        if user_id is not None:
            subject["user_id"] = user_id
        kind, _, rest = scope["path"].lstrip("/").partition("/")
        name = rest.partition("/")[0]
        if name and kind in ("authorizations", "connection"):
            subject["connection_id"] = name
        elif name and kind == "accounts":
            subject["account_id"] = name
            for _, connection in sim.connections():
                if any(account["id"] == name for account in connection["accounts"]):
                    subject["connection_id"] = connection["id"]
        return subject

    return identify


def _user_in(raw: bytes) -> str | None:
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    user_id = body.get("userId") if isinstance(body, dict) else None
    return user_id if isinstance(user_id, str) else None


async def _redirected(_request: Request) -> Response:
    """Where a redirect fault leads: a client that follows it is seen here."""
    return JSONResponse({})


async def _unknown(request: Request, _error: Exception) -> Response:
    return errors.answered(request, errors.not_found())


async def _not_allowed(request: Request, _error: Exception) -> Response:
    return errors.answered(request, errors.SnapTradeRefusal(405, None, f'Method "{request.method}" not allowed.'))
