"""Measure the units of live updates for the simulation's bill: an announcement, a ticket and a decision."""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx

from benchmarks.code import Code
from benchmarks.flow_units import COUNT, ROUNDS, describe_unit, summarize_unit
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.scale.live import FILE, LiveFlow, save_units
from benchmarks.scale.units import Unit
from benchmarks.stage import Account, Event, Stage, event

_FUNCTIONS: dict[LiveFlow, str] = {
    "announce": "AnnounceFunction",
    "live_ticket": "LiveTicketFunction",
    "live_authorizer": "LiveAuthorizerFunction",
}


def measure(code: Code, stage: Stage) -> Section:
    """Measure all three, write them to the simulation's file, and return them as a table."""
    users = [stage.account() for _ in range(COUNT)]
    ticket = _ticket(stage, users[0])
    generations = count(1)
    requests: dict[LiveFlow, Callable[[], list[Event]]] = {
        "announce": lambda: [_stream_event(next(generations)) for _ in range(COUNT)],
        "live_ticket": lambda: [_ticket_request(stage, user) for user in users],  # a user gets twelve a minute
        "live_authorizer": lambda: [_connect_event(ticket)] * COUNT,
    }
    units = {flow: _measure(code, stage, flow, made) for flow, made in requests.items()}
    save_units(units)
    rows = [Row(flow.replace("_", " "), describe_unit(unit)) for flow, unit in units.items()]
    return Section("Units of live updates", "python -m benchmarks live_units", rows, _NOTES)


def _measure(code: Code, stage: Stage, flow: LiveFlow, requests: Callable[[], list[Event]]) -> Unit:
    def run() -> Any:  # noqa: ANN401 - JSON
        stage.delete_rate_counters()
        return warm.answer(requests())

    with Warm(code, stage, _FUNCTIONS[flow]) as warm:
        run()
        alone = [run() for _ in range(ROUNDS)]
        warm.order(watch=True)
        watched = run()
    return summarize_unit(alone, [watched], COUNT)


def _ticket(stage: Stage, user: Account) -> str:
    with httpx.Client(base_url=stage.cloud.front, cookies={"session_id": user.cookie}) as client:
        answer = client.post("/live-ticket", headers=stage.origin).raise_for_status()
    return str(answer.json()["ticket"])


def _ticket_request(stage: Stage, user: Account) -> Event:
    return event("POST /live-ticket", cookie=user.cookie, headers=stage.origin)


def _connect_event(ticket: str) -> Event:
    return {"authorizationToken": ticket, "requestContext": {"operation": "EVENT_CONNECT", "channel": None}}


def _stream_event(generation: int) -> Event:
    """Return a batch of one record: a source's row that has one more update."""
    keys = {"user_id": {"S": "bench"}, "entry": {"S": "source#plaid#item-1"}}
    row = {**keys, "item": {"S": "plaid#item-1"}, "link_id": {"S": "link-1"}, "seen_generation": {"N": "0"}}
    images = {
        name: {**row, "generation": {"N": str(number)}}
        for name, number in (("OldImage", generation), ("NewImage", generation + 1))
    }
    written = {"ApproximateCreationDateTime": time.time(), "SequenceNumber": str(generation), "Keys": keys, **images}
    return {"Records": [{"eventName": "MODIFY", "dynamodb": written}]}


_NOTES = f"""\
What the bill of live updates in [scale.md](scale.md#live-updates) is computed from, written to
`benchmarks/scale/{FILE.name}`. Means of {COUNT} calls of a warm function, CPU as the middle one of {ROUNDS} rounds.
An announcement has one record and publishes one nudge, over HTTP: that call is not among those to AWS."""
