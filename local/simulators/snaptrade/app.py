"""Assemble the SnapTrade simulator as a Starlette app."""

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

from local.simulators.control import CONTROL_PREFIX, SimulatorControls, build_shared_routes
from local.simulators.control_errors import ControlError, handle_control_error
from local.simulators.middleware import SimulatorMiddleware, SubjectResolver
from local.simulators.responses import REDIRECT_TARGET
from local.simulators.snaptrade import api, control, errors, portal, users
from local.simulators.snaptrade.signed_request import parse_signed_request
from local.simulators.snaptrade.state import Simulator, load_state, new_identifier
from local.simulators.snaptrade.webhooks import RETRY_SCHEDULE
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
    is_personal: bool = False,
) -> Starlette:
    """Create the app; without a `state` file a restart loses the state.

    `webhook_secret` is the value of the deprecated field in webhook bodies.
    """
    file = StateFile(state)
    controls = SimulatorControls.with_schedule(RETRY_SCHEDULE)
    sim = Simulator(client_id, consumer_key, webhook_url, webhook_secret, controls, file, load_state(file), is_personal)
    if is_personal:
        users.ensure_personal_user(sim)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with controls.sender:
            yield

    app = Starlette(
        routes=[
            *(Route(path, _endpoint(sim, call), methods=[method]) for method, path, call in api.CALLS),
            Route(REDIRECT_TARGET, _respond_to_redirect, methods=["GET", "POST"]),
            *portal.ROUTES,
            *build_shared_routes(controls),
            *control.build_routes(sim),
        ],
        middleware=[
            Middleware(
                SimulatorMiddleware,
                calls=controls.calls,
                faults=controls.faults,
                resolve_subject=_subject_resolver(sim),
                excluded_prefixes=(CONTROL_PREFIX, users.PORTAL_PATH),
            )
        ],
        exception_handlers={
            errors.SnapTradeError: errors.handle_snaptrade_error,
            ControlError: handle_control_error,
            404: _not_found,
            405: _not_allowed,
        },
        lifespan=lifespan,
    )
    app.state.simulator = sim
    return app


def _endpoint(sim: Simulator, call: api.Call) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        response = await call(sim, await parse_signed_request(sim, request))
        return JSONResponse(response, headers={"x-request-id": new_identifier().replace("-", "")})

    return endpoint


def _subject_resolver(sim: Simulator) -> SubjectResolver:
    """Return a resolver that reads ids from the query, the body (registerUser) and the path."""

    def resolve_subject(scope: Scope, raw: bytes) -> Mapping[str, str]:
        subject: dict[str, str] = {}
        query = parse_qs(scope["query_string"].decode())
        user_id = query["userId"][0] if "userId" in query else _find_user_id(raw)
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

    return resolve_subject


def _find_user_id(raw: bytes) -> str | None:
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    user_id = body.get("userId") if isinstance(body, dict) else None
    return user_id if isinstance(user_id, str) else None


async def _respond_to_redirect(_request: Request) -> Response:
    """Respond at the target of a redirect fault; the call log shows clients that follow it."""
    return JSONResponse({})


async def _not_found(request: Request, _error: Exception) -> Response:
    return errors.handle_snaptrade_error(request, errors.not_found_error())


async def _not_allowed(request: Request, _error: Exception) -> Response:
    return errors.handle_snaptrade_error(
        request, errors.SnapTradeError(405, None, f'Method "{request.method}" not allowed.')
    )
