"""The parts of the control API that simulators share: health, faults, calls; at providers deliveries and retries."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators import faults
from local.simulators.call_log import Calls
from local.simulators.control_errors import Refused
from local.simulators.deliveries import Courier, RetryMode, RetrySchedule
from local.simulators.faults import Faults

CONTROL = "/_sim"
Order = dict[str, Any]
Command = Callable[[Order], Awaitable[Order]]


@dataclass
class Switchboard:
    """What the control API steers."""

    courier: Courier
    calls: Calls = field(default_factory=Calls)
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def with_schedule(cls, schedule: RetrySchedule) -> "Switchboard":
        return cls(Courier(schedule))


async def order_of(request: Request) -> Order:
    """The request's JSON object ({} without a body); raises Refused."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        order = await request.json()
    except ValueError as error:
        raise Refused(400, "the order is not JSON") from error
    if not isinstance(order, dict):
        raise Refused(400, "the order is not a JSON object")
    return order


def command(name: str, run: Command) -> Route:
    """POST /_sim/<name>."""

    async def endpoint(request: Request) -> Response:
        return JSONResponse(await run(await order_of(request)))

    return Route(f"{CONTROL}/{name}", endpoint, methods=["POST"])


def observed_routes(seen: Calls, in_force: Faults) -> list[Route]:
    """Of whatever answers calls: is it up, what shall go wrong, who called."""

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def fault(request: Request) -> Response:
        if request.method == "DELETE":
            in_force.clear()
            return Response(status_code=204)
        in_force.add(faults.ordered(await order_of(request)))
        return JSONResponse({"status": "in force"})

    async def calls(request: Request) -> Response:
        if request.method == "DELETE":
            seen.clear()
            return Response(status_code=204)
        return JSONResponse({"calls": seen.as_json()})

    return [
        Route(f"{CONTROL}/health", health),
        Route(f"{CONTROL}/faults", fault, methods=["POST", "DELETE"]),
        Route(f"{CONTROL}/calls", calls, methods=["GET", "DELETE"]),
    ]


def shared_routes(board: Switchboard) -> list[Route]:
    """Of a provider, which sends webhooks too."""

    async def deliveries(request: Request) -> Response:
        if request.method == "DELETE":
            board.courier.clear()
            return Response(status_code=204)
        return JSONResponse({"deliveries": board.courier.log()})

    return [
        *observed_routes(board.calls, board.faults),
        Route(f"{CONTROL}/deliveries", deliveries, methods=["GET", "DELETE"]),
        command("retries", _retries(board.courier)),
    ]


def _retries(courier: Courier) -> Command:
    async def switch(order: Order) -> Order:
        mode: RetryMode | None = order.get("mode")
        if mode is None or mode not in get_args(RetryMode):
            raise Refused(400, f"mode is one of {', '.join(get_args(RetryMode))}")
        courier.retries = mode
        courier.factor = float(order.get("factor", 1000)) if mode == "compressed" else 1.0
        return {"mode": mode, "factor": courier.factor}

    return switch
