"""Measure every flow's unit for the simulation: CPU, round trips, capacity, decryptions, provider calls and bytes.

Each flow runs in a warm function: alone for its CPU time, and watched for its calls and their capacity.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import mean, median
from typing import Any

import httpx

from benchmarks import report
from benchmarks.capacity import Item, item_bytes
from benchmarks.code import Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.scale.units import FILE, READS, Flow, Unit, Units
from benchmarks.stage import Account, Event, Stage, event
from benchmarks.start_up import cases, compare
from local import aws
from tidings.aws.queues import STATUS_CHECK_KIND
from tidings.model import ProviderName
from tidings.providers import PROVIDER_NAMES

COUNT = 12
ROUNDS = 5
_COLD_RUNS = 5
_PACKED = {"accept-encoding": "gzip"}
_EXPIRING = frozenset({"WebhookEventsTable", "ProviderBudgetsTable"})
_ROW_BYTES = 100
"""DynamoDB bills a hundred bytes more for each stored row and index entry."""
_FUNCTIONS: dict[Flow, str] = {
    "webhook_plaid": "WebhookPlaidFunction",
    "webhook_snaptrade": "WebhookSnapTradeFunction",
    "poll": "PendingFunction",
    "holdings": "HoldingsFunction",
    "check": "ReconcileFunction",
}
_COLD_CASES: dict[str, list[Flow]] = {
    "pending poll": ["poll"],
    "Plaid webhook": ["webhook_plaid"],
    "SnapTrade webhook": ["webhook_snaptrade", "check"],
    "GET holdings": ["holdings"],
    "refresh, nothing connected": ["refresh", "refresh_refused"],
}


def measure(code: Code, stage: Stage) -> Section:
    """Measure all flows, write them to the simulation's file, and return them as a table."""
    units = Units(
        {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "machine": report.machine()},
        _flows(code, stage),
        *_stored_bytes(code, stage),
        _cold_ms(code, stage),
    )
    units.save()
    rows = [Row(flow.replace("_", " "), describe_unit(unit)) for flow, unit in units.flows.items()]
    rows.append(
        Row("stored for a user, and for each webhook", f"{units.user_bytes:.0f} and {units.event_bytes:.0f} bytes")
    )
    return Section("Units of the simulation", "python -m benchmarks units", rows, _NOTES)


def _flows(code: Code, stage: Stage) -> dict[Flow, Unit]:
    user = stage.account(plaid=1, snaptrade=1)
    read = event("GET /holdings", cookie=user.cookie, headers=_PACKED)
    requests: dict[Flow, Callable[[], list[Event]]] = {
        "webhook_plaid": lambda: stage.webhooks("plaid", user.plaid[0], COUNT),
        "webhook_snaptrade": lambda: stage.webhooks("snaptrade", user.snaptrade[0], COUNT),
        "holdings": lambda: [read] * COUNT,
        "check": lambda: [_message(user.plaid[0])] * COUNT,
    }
    return {
        **{flow: _requests(code, stage, flow, made) for flow, made in requests.items()},
        "poll": poll(code, stage, user),
        "refresh": _refreshes(code, stage),
        "refresh_refused": _refused(code, stage),
    }


def poll(code: Code, stage: Stage, user: Account) -> Unit:
    """Measure a poll with the ETag that the browser has from the last one: nothing is new, as almost always."""
    url, session = f"{stage.cloud.front}/pending-updates", {"session_id": user.cookie}
    headers = {"if-none-match": httpx.get(url, cookies=session).headers["etag"]}
    polls = [event("GET /pending-updates", cookie=user.cookie, headers=headers)] * COUNT
    return _requests(code, stage, "poll", lambda: polls, status=304)


def _requests(code: Code, stage: Stage, flow: Flow, requests: Callable[[], Sequence[Event]], status: int = 200) -> Unit:
    with Warm(code, stage, _FUNCTIONS[flow]) as warm:
        warm.answer(requests(), status)
        alone = [warm.answer(requests(), status) for _ in range(ROUNDS)]
        warm.order(watch=True)
        watched = warm.answer(requests(), status)
    return summarize_unit(alone, [watched], COUNT)


def _refreshes(code: Code, stage: Stage) -> Unit:
    """Refresh again and again, each time with an update of both sources."""
    user = stage.account(plaid=1, snaptrade=1, fetched=False)
    request = event("POST /holdings/refresh", cookie=user.cookie, headers={**stage.origin, **_PACKED})
    counted = dict.fromkeys(PROVIDER_NAMES, 0)
    with Warm(code, stage, "RefreshFunction", REFRESH_COOLDOWN_SECONDS="0") as warm:
        warm.answer([request])
        alone = [_refreshed(stage, warm, user, request) for _ in range(COUNT)]
        warm.order(watch=True)
        watched = []
        for _ in range(COUNT):
            watched.append(_refreshed(stage, warm, user, request))
            _add_counted_calls(stage, counted)
    return summarize_unit(alone, watched, 1, *(calls / COUNT for calls in counted.values()))


def _refreshed(stage: Stage, warm: Warm, user: Account, request: Event) -> Any:  # noqa: ANN401 - JSON
    stage.control("plaid", "trade", item_id=user.plaid[0])
    stage.control("snaptrade", "trade", connection_id=user.snaptrade[0])
    stage.delete_rate_counters()
    return warm.answer([request])


def _add_counted_calls(stage: Stage, counted: dict[ProviderName, int]) -> None:
    client = aws.dynamodb(stage.cloud.ministack_url)
    for row in client.scan(TableName=stage.cloud.physical["ProviderBudgetsTable"])["Items"]:
        for provider in counted:
            if row["window"]["S"].startswith(f"{provider}#"):
                counted[provider] += int(row["calls"]["N"])


def _refused(code: Code, stage: Stage) -> Unit:
    """Refresh while SnapTrade's counter is full, as in a minute that others have used up."""
    user = stage.account(snaptrade=1, fetched=False)
    request = event("POST /holdings/refresh", cookie=user.cookie, headers=stage.origin)
    with Warm(code, stage, "RefreshFunction", REFRESH_COOLDOWN_SECONDS="0") as warm:
        warm.answer([request])
        stage.control("snaptrade", "trade", connection_id=user.snaptrade[0])
        _fill_rate_counter(stage)
        warm.answer([request], status=429)
        alone = [warm.answer([request] * COUNT, status=429) for _ in range(ROUNDS)]
        warm.order(watch=True)
        watched = warm.answer([request] * COUNT, status=429)
    stage.delete_rate_counters()
    return summarize_unit(alone, [watched], COUNT)


def _fill_rate_counter(stage: Stage) -> None:
    table, client = stage.cloud.physical["ProviderBudgetsTable"], aws.dynamodb(stage.cloud.ministack_url)
    now = int(time.time() // 60)
    for minute in range(now - 1, now + 3):
        client.put_item(TableName=table, Item={"window": {"S": f"snaptrade#{minute}"}, "calls": {"N": "9999"}})


def summarize_unit(alone: list[Any], watched: list[Any], requests: int, plaid: float = 0, snaptrade: float = 0) -> Unit:
    """Return the means of the watched runs, and the CPU time of the middle one of those alone, each with `requests`."""
    answers = [answer for run in watched for answer in run["answers"]]
    count = len(answers)
    calls = [call for answer in answers for call in answer["calls"]]
    reads = [call for call in calls if call["name"] in READS]
    writes = [call for call in calls if call["name"] not in READS]
    decryptions = sum(run["decryptions"] for run in watched) / count
    return Unit(
        cpu_ms=round(median(run["cpu_ms"] for run in alone) / requests, 2),
        calls=round(len(calls) / count + decryptions, 2),
        reads=round(len(reads) / count, 2),
        writes=round(len(writes) / count, 2),
        read_units=round(sum(map(_capacity, reads)) / count, 2),
        write_units=round(sum(map(_capacity, writes)) / count, 2),
        decryptions=round(decryptions, 2),
        plaid_calls=round(plaid, 2),
        snaptrade_calls=round(snaptrade, 2),
        response_bytes=round(mean(len(answer["body"]) for answer in answers)),
        log_bytes=round(sum(run["log_bytes"] for run in watched) / count),
    )


def _capacity(call: dict[str, Any]) -> float:
    told = call["capacity"]
    return float(sum(one["CapacityUnits"] for one in (told if isinstance(told, list) else [told]) if one))


def _message(item_id: str) -> Event:
    body = json.dumps({"kind": STATUS_CHECK_KIND, "about": {"item": f"plaid#{item_id}"}})
    return {"Records": [{"messageId": "m", "body": body, "attributes": {}, "eventSource": "aws:sqs"}]}


def _stored_bytes(code: Code, stage: Stage) -> tuple[float, float]:
    """Measure what a user with a source of each provider adds to the tables, and what a webhook adds."""
    before, users = _table_bytes(stage), [stage.account(plaid=1, snaptrade=1) for _ in range(COUNT // 4)]
    after = _table_bytes(stage)
    kept = sum(after[name] - before[name] for name in after if name not in _EXPIRING)
    with Warm(code, stage, "WebhookPlaidFunction") as warm:
        warm.answer(stage.webhooks("plaid", users[0].plaid[0], COUNT))
    events = _table_bytes(stage)["WebhookEventsTable"] - after["WebhookEventsTable"]
    return round(kept / len(users)), round(events / COUNT)


def _table_bytes(stage: Stage) -> dict[str, int]:
    client = aws.dynamodb(stage.cloud.ministack_url)
    found = {}
    for logical_id, table in stage.cloud.physical.items():
        if logical_id.endswith("Table"):
            pages = client.get_paginator("scan").paginate(TableName=table)
            found[logical_id] = sum(_row_bytes(row) for page in pages for row in page["Items"])
    return found


def _row_bytes(row: Item) -> int:
    size = item_bytes(row) + _ROW_BYTES
    if "item" in row and "received_at" in row:  # the index of the webhook log
        size += item_bytes({name: row[name] for name in ("event", "item", "received_at")}) + _ROW_BYTES
    return size


def _cold_ms(code: Code, stage: Stage) -> dict[Flow, float]:
    found: dict[Flow, float] = {}
    for case in cases(stage):
        for flow in _COLD_CASES.get(case.name, []):
            if flow == _COLD_CASES[case.name][0]:
                taken = round(compare(code, stage, case, _COLD_RUNS).wall_ms)
            found[flow] = taken
    return found


def describe_unit(unit: Unit) -> str:
    return (
        f"{unit.cpu_ms:.1f} ms of CPU, {unit.calls:g} calls to AWS, {unit.read_units:g} RCU + {unit.write_units:g} WCU,"
        f" {unit.response_bytes:.0f} bytes sent, {unit.log_bytes:.0f} logged"
    )


_NOTES = f"""\
What [scale.md](scale.md) and the costs in [operations.md](operations.md#what-it-costs) are computed from, written to
`benchmarks/scale/{FILE.name}`. Means of {COUNT} requests in a warm function, CPU as the middle one of {ROUNDS}
rounds, for a user with one source of each provider. The capacity is what the engine reports. A check finds nothing
to do."""
