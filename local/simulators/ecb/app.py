"""Simulate the European Central Bank's files of reference rates as a Starlette app.

- GET /stats/eurofxref/eurofxref-hist-90d.xml and …/eurofxref-daily.xml.
- POST /_sim/clock {"now"?} stops the publication's clock at an instant, or lets it run again.
- POST /_sim/delay {"day"} withholds a day; POST /_sim/publish {"day"} publishes it after all.
- POST /_sim/suspend {"currency", "from"} publishes no rate of a currency from a day on.
- POST /_sim/revise {"day", "currency", "rate"} publishes another rate for a day.
- POST /_sim/reset undoes all of these.
- /_sim/faults and /_sim/calls work as at the providers.
"""

from datetime import UTC, date, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.simulators.call_log import CallLog
from local.simulators.control import CONTROL_PREFIX, JsonObject, build_observation_routes, command_route
from local.simulators.control_errors import ControlError, handle_control_error
from local.simulators.ecb.publication import Publication
from local.simulators.faults import ActiveFaults
from local.simulators.middleware import SimulatorMiddleware

_FILES = "/stats/eurofxref/eurofxref"


class _Controls:
    """The commands that change what is published."""

    def __init__(self) -> None:
        self.publication = Publication()

    async def set_clock(self, command: JsonObject) -> JsonObject:
        now = command.get("now")
        self.publication.now = None if now is None else _instant(str(now))
        return {"now": now}

    async def delay(self, command: JsonObject) -> JsonObject:
        self.publication.delays.add(_day(command, "day"))
        return {}

    async def publish(self, command: JsonObject) -> JsonObject:
        self.publication.delays.discard(_day(command, "day"))
        return {}

    async def suspend(self, command: JsonObject) -> JsonObject:
        self.publication.suspensions[str(command.get("currency"))] = _day(command, "from")
        return {}

    async def revise(self, command: JsonObject) -> JsonObject:
        self.publication.revisions[_day(command, "day"), str(command.get("currency"))] = str(command.get("rate"))
        return {}

    async def reset(self, _command: JsonObject) -> JsonObject:
        self.publication = Publication()
        return {}


def create_app(path: str = "") -> Starlette:
    """Create the app; `path` is where another app mounts it."""
    controls, calls, faults = _Controls(), CallLog(), ActiveFaults()

    async def file_of_90_days(_request: Request) -> Response:
        return Response(controls.publication.document(), media_type="text/xml")

    async def daily_file(_request: Request) -> Response:
        return Response(controls.publication.document(1), media_type="text/xml")

    return Starlette(
        routes=[
            Route(f"{_FILES}-hist-90d.xml", file_of_90_days),
            Route(f"{_FILES}-daily.xml", daily_file),
            command_route("clock", controls.set_clock),
            command_route("delay", controls.delay),
            command_route("publish", controls.publish),
            command_route("suspend", controls.suspend),
            command_route("revise", controls.revise),
            command_route("reset", controls.reset),
            *build_observation_routes(calls, faults),
        ],
        middleware=[
            Middleware(
                SimulatorMiddleware,
                calls=calls,
                faults=faults,
                resolve_subject=lambda *_: {},
                excluded_prefixes=(path + CONTROL_PREFIX,),
            )
        ],
        exception_handlers={ControlError: handle_control_error},
    )


def _day(command: JsonObject, name: str) -> date:
    try:
        return date.fromisoformat(str(command.get(name)))
    except ValueError as error:
        raise ControlError(400, f"{name} must be a date") from error


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ControlError(400, "now must be an instant") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
