"""Build the control routes that simulators share: health, faults and calls; for providers deliveries and retries."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators import faults
from local.simulators.call_log import CallLog
from local.simulators.control_errors import ControlError
from local.simulators.deliveries import RetryMode, RetrySchedule, WebhookSender
from local.simulators.faults import ActiveFaults

CONTROL_PREFIX = "/_sim"
JsonObject = dict[str, Any]
CommandHandler = Callable[[JsonObject], Awaitable[JsonObject]]


@dataclass
class SimulatorControls:
    """The state that the control API changes."""

    sender: WebhookSender
    calls: CallLog = field(default_factory=CallLog)
    faults: ActiveFaults = field(default_factory=ActiveFaults)

    @classmethod
    def with_schedule(cls, schedule: RetrySchedule) -> "SimulatorControls":
        return cls(WebhookSender(schedule))


async def parse_command(request: Request) -> JsonObject:
    """Parse the request body as a JSON object; {} without a body. Raises ControlError if it is none."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        command = await request.json()
    except ValueError as error:
        raise ControlError(400, "the command is not JSON") from error
    if not isinstance(command, dict):
        raise ControlError(400, "the command is not a JSON object")
    return command


def command_route(name: str, run: CommandHandler) -> Route:
    """Build the route POST /_sim/<name>."""

    async def endpoint(request: Request) -> Response:
        return JSONResponse(await run(await parse_command(request)))

    return Route(f"{CONTROL_PREFIX}/{name}", endpoint, methods=["POST"])


def events_route(list_events: Callable[[], Iterable[str]]) -> Route:
    """Build the route that lists the events that the provider publishes."""

    async def endpoint(_request: Request) -> Response:
        return JSONResponse({"events": sorted(list_events())})

    return Route(f"{CONTROL_PREFIX}/events", endpoint)


def build_observation_routes(call_log: CallLog, active_faults: ActiveFaults) -> list[Route]:
    """Build the routes of every simulator: health, faults and calls."""

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def fault(request: Request) -> Response:
        if request.method == "DELETE":
            active_faults.clear()
            return Response(status_code=204)
        active_faults.add(faults.parse_fault(await parse_command(request)))
        return JSONResponse({"status": "in force"})

    async def calls(request: Request) -> Response:
        if request.method == "DELETE":
            call_log.clear()
            return Response(status_code=204)
        return JSONResponse({"calls": call_log.to_json()})

    return [
        Route(f"{CONTROL_PREFIX}/health", health),
        Route(f"{CONTROL_PREFIX}/faults", fault, methods=["POST", "DELETE"]),
        Route(f"{CONTROL_PREFIX}/calls", calls, methods=["GET", "DELETE"]),
    ]


def build_shared_routes(controls: SimulatorControls) -> list[Route]:
    """Build the routes of a provider, which also sends webhooks."""

    async def deliveries(request: Request) -> Response:
        if request.method == "DELETE":
            controls.sender.clear()
            return Response(status_code=204)
        return JSONResponse({"deliveries": controls.sender.list_attempts()})

    return [
        *build_observation_routes(controls.calls, controls.faults),
        Route(f"{CONTROL_PREFIX}/deliveries", deliveries, methods=["GET", "DELETE"]),
        command_route("retries", _retries(controls.sender)),
    ]


def _retries(sender: WebhookSender) -> CommandHandler:
    async def set_retry_mode(command: JsonObject) -> JsonObject:
        mode: RetryMode | None = command.get("mode")
        if mode is None or mode not in get_args(RetryMode):
            raise ControlError(400, f"mode must be one of {', '.join(get_args(RetryMode))}")
        sender.retries = mode
        sender.factor = float(command.get("factor", 1000)) if mode == "compressed" else 1.0
        sender.timeout_s = float(command.get("timeout_s", sender.timeout_s))
        return {"mode": mode, "factor": sender.factor, "timeout_s": sender.timeout_s}

    return set_retry_mode
