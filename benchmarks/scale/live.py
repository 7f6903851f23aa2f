"""Compute what live updates change about a simulated day: its polls, and its bill, beside polling alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from benchmarks.scale.costs import DAYS, MILLION, SECRET_READ, SECRET_READS_A_DAY, poll_dollars
from benchmarks.scale.day import Day
from benchmarks.scale.parameters import HOUR, Behaviour, Times, Workload
from benchmarks.scale.units import Unit, Units

FILE = Path(__file__).with_name("live_units.json")
LiveFlow = Literal["announce", "live_ticket", "live_authorizer"]
LiveUnits = Mapping[LiveFlow, Unit]

_SESSIONS = 2
_SOURCES = 2
_MEMORY_MB = 512
_GB_SECOND = 13.3334
_CALL = 0.2
_API_REQUEST = 1.0
_READ_UNIT = 0.125
_WRITE_UNIT = 0.625
_LOG_GB = 0.5
_OPERATION = 1.0
"""Of AppSync Events, dollars a million: connecting, subscribing, a nudge that is published, one that is delivered."""
_CONNECTION_MINUTE = 0.08
"""Dollars a million."""
_SECRETS_READ = 4
"""By the function of tickets two, by the authorizer and by the announcements one each."""


@dataclass(frozen=True)
class LiveTimes:
    """What a page does while live updates reach it."""

    poll_s: float = 1800.0
    renew_s: float = 3420.0
    """A connection lasts from 54 to 60 minutes."""


@dataclass(frozen=True)
class LiveDay:
    """One day's counts with live updates. `polled`: polls of visible pages without them.

    `environments`: warm ones of each function, on average.
    """

    users: int
    open_hours: float
    polled: float
    polls: float
    connections: float
    changes: float
    delivered: float
    environments: float

    @classmethod
    def from_day(cls, day: Day, workload: Workload, times: LiveTimes | None = None) -> "LiveDay":
        """Derive the counts from a day that was played with polling alone. They are upper bounds.

        A page polls when it opens, with each connection, at its interval, and for each nudge. Every webhook is a
        change; so are the rows of both sources in each refresh, for which the user's page is open. One environment of
        each function is always warm, and the functions have as many as the average one of the day.
        """
        times = times or LiveTimes()
        sessions = _SESSIONS * day.users
        per_session = 1 + int(workload.session_s / times.renew_s)
        at_interval = int(workload.session_s / times.poll_s) - 1
        webhooks = _SOURCES * day.users
        fetched = _SOURCES * day.counts["refresh"]
        delivered = day.open_share * webhooks + fetched
        return cls(
            users=day.users,
            open_hours=sessions * workload.session_s / HOUR,
            polled=sessions * int(workload.session_s / workload.poll_s),
            polls=sessions * (1 + per_session + at_interval) + delivered,
            connections=sessions * per_session,
            changes=webhooks + fetched,
            delivered=delivered,
            environments=max(1.0, day.environments / len(day.cold)),
        )

    @property
    def polls_before(self) -> float:
        """Return how often a page polls in an hour that it is open, by polling alone."""
        return self.polled / self.open_hours

    @property
    def polls_after(self) -> float:
        return self.polls / self.open_hours


def monthly_dollars(day: LiveDay, units: Units, live: LiveUnits, behaviour: Behaviour) -> dict[str, float]:
    """Return what a month with live updates costs more than one without, by line. Less is negative."""
    ticket = live["live_ticket"]
    ticket_dollars = _API_REQUEST + _function_dollars(ticket, behaviour)
    ticket_dollars += _READ_UNIT * ticket.read_units + _WRITE_UNIT * ticket.write_units
    ticket_dollars += _LOG_GB * (behaviour.access_log_bytes + ticket.log_bytes) / 1000
    decisions = 2 * _function_dollars(live["live_authorizer"], behaviour)
    announced = _function_dollars(live["announce"], behaviour, more_calls=1) + _OPERATION
    a_day = {
        "polls": (day.polls - day.polled) * sum(poll_dollars(units.flows["poll"], behaviour).values()),
        "tickets": day.connections * ticket_dollars,
        "connections: authorizer and AppSync": day.connections * (decisions + 2 * _OPERATION),
        "minutes of connections": 60 * day.open_hours * _CONNECTION_MINUTE,
        "announcing changes": day.changes * announced,
        "delivering nudges": day.delivered * _OPERATION,
        "calls of Secrets Manager": day.environments * _SECRETS_READ * SECRET_READS_A_DAY * SECRET_READ,
    }
    return {line: DAYS * dollars / MILLION for line, dollars in a_day.items()}


def _function_dollars(unit: Unit, behaviour: Behaviour, more_calls: int = 0) -> float:
    """Return what a million calls of a function cost."""
    share = min(1.0, _MEMORY_MB / behaviour.whole_cpu_mb)
    seconds = unit.cpu_ms / 1000 / share + (unit.calls + more_calls) * Times().call_s
    return _CALL + _GB_SECOND * seconds * _MEMORY_MB / 1024


def load_units(file: Path = FILE) -> LiveUnits:
    return {flow: Unit(**unit) for flow, unit in json.loads(file.read_text("utf-8")).items()}


def save_units(units: LiveUnits, file: Path = FILE) -> None:
    file.write_text(json.dumps({flow: asdict(unit) for flow, unit in units.items()}, indent=1) + "\n", "utf-8")
