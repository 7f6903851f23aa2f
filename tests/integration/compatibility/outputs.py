"""Collects what users and operators see of the recorded rows."""

import json
from typing import Any

from tests.integration.compatibility.recorder import Recorder
from tests.integration.compatibility.scenario import ENDED_AT_S

ROUTES = (
    "GET /pending-updates",
    "GET /plaid/pending-updates",
    "GET /holdings",
    "GET /api/snaptrade/holdings",
    "GET /connections",
    "GET /holdings/refresh",
)
COMMANDS = (
    "events list --since 30d --json",
    "events list --since 30d --user ann --outcome status --json",
    "events show snaptrade#hook-older-fix --json",
    "items list --json",
    "items show item-bob --json",
    "sessions list --json",
    "users show ann --json",
)


def collect_responses(recorder: Recorder, cookies: dict[str, str]) -> dict[str, Any]:
    """Collect the responses by user and route."""
    return {
        f"{user} {route}": json.loads(recorder.request(ENDED_AT_S, route, cookies[user]).text)
        for user, routes in {"ann": ROUTES, "bob": ROUTES[:1], "dave": ("GET /connections",)}.items()
        for route in routes
    }


def collect_command_outputs(recorder: Recorder) -> dict[str, Any]:
    """Collect the output by command line."""
    return {command: json.loads(recorder.operate(ENDED_AT_S, *command.split())) for command in COMMANDS}


def collect_verdicts(recorder: Recorder) -> dict[str, str]:
    """Collect the verdict of a dry-run replay by event id."""
    said = recorder.operate(ENDED_AT_S, "events", "replay", "--since", "30d", "--dry-run", "--json")
    return {event["event_id"]: event["verdict"] for event in json.loads(said)["events"]}


def keep_recorded_fields(found: Any, recorded: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave out the fields that the recorded response does not have: clients ignore those they do not know."""
    if isinstance(found, dict) and isinstance(recorded, dict):
        return {name: keep_recorded_fields(found[name], recorded[name]) for name in found if name in recorded}
    if isinstance(found, list) and isinstance(recorded, list) and len(found) == len(recorded):
        return [keep_recorded_fields(one, other) for one, other in zip(found, recorded, strict=True)]
    return found
