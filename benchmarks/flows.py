"""Measure what each flow requires of DynamoDB: round trips, capacity, and the size of rows that a webhook writes."""

from collections.abc import Mapping
from typing import Any

from benchmarks.capacity import Item, item_bytes, read_units, write_units
from benchmarks.code import Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.stage import Event, Stage, event
from local import aws

FUNCTIONS = {"plaid": "WebhookPlaidFunction", "snaptrade": "WebhookSnapTradeFunction"}
ROUND_TRIPS = {"GET /pending-updates": 2, "GET /holdings": 3}
WEBHOOK_ROUND_TRIPS = 2
READ_UNITS, WRITE_UNITS, ROW_BYTES = 0.5, 5.0, 1024
"""One of the write units belongs to the index of the webhook log."""

Client = Any
"""boto3's client of DynamoDB."""
_ID = "f" * 64
LONGEST_SOURCE_ROW: Item = {
    "user_id": {"S": _ID},
    "entry": {"S": f"source#snaptrade#{_ID}"},
    "link_id": {"S": "0123456789abcdef"},
    "item": {"S": f"snaptrade#{_ID}"},
    **{name: {"N": "123456"} for name in ("generation", "seen_generation", "status_version", "pull_generation")},
    **{
        name: {"N": "1771509787251"}
        for name in (
            *("check_due", "status_at", "last_update_at", "last_fetched_at", "last_reconcile_at", "look_again_at"),
            *("pull_requested_at", "pull_retry_at", "end_reported_at"),
            *("linked_at", "first_fetch_at", "first_fetch_returned_at"),
        )
    },
    "institution": {"S": "The Hongkong and Shanghai Banking Corporation Limited, Wealth Management"},
    "status": {"S": "reconnect_required"},
    "status_reason": {"S": "consent_expiration:2026-02-19T14:03:07.250Z"},
    "last_error": {"S": "provider-misconfigured"},
    "first_fetch_by": {"S": "0123456789abcdef/01234567"},
    "first_fetch_returns": {"N": "5"},
    "pull_id": {"S": "0123456789abcdef"},
    "pull_state": {"S": "requested"},
    "pull_call": {"S": "requested"},
    "pull_reason": {"S": "provider-misconfigured"},
}
"""Every attribute that a source can have, with ids of 64 characters (providers' have 36 or 37)."""


def webhook(code: Code, stage: Stage, provider: str, source_id: str) -> list[dict[str, Any]]:
    """Return the calls of a warm webhook function for a webhook with a record of maximum size."""
    requests = [
        *stage.webhooks(provider, source_id, 1),
        *stage.webhooks(provider, source_id, 1, extra={"filler": "x" * 600}),
    ]
    return _calls(code, stage, FUNCTIONS[provider], requests)


def read(code: Code, stage: Stage, route: str, cookie: str) -> list[dict[str, Any]]:
    """Return the calls of a warm function that only reads."""
    function = "HoldingsFunction" if route.endswith("/holdings") else "PendingFunction"
    return _calls(code, stage, function, [event(route, cookie=cookie)] * 2)


def _calls(code: Code, stage: Stage, function: str, requests: list[Event]) -> list[dict[str, Any]]:
    with Warm(code, stage, function) as warm:
        warm.order(watch=True)
        calls: list[dict[str, Any]] = warm.answer(requests)["answers"][-1]["calls"]
        return calls


def told_units(calls: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the read and write units that the engine reports."""
    reads = writes = 0.0
    for call in calls:
        capacity = call["capacity"]
        units = sum(one["CapacityUnits"] for one in (capacity if isinstance(capacity, list) else [capacity]))
        if call["name"] == "TransactWriteItems":
            writes += units
        else:
            reads += units
    return reads, writes


def ruled_units(dynamodb: Client, calls: list[dict[str, Any]]) -> tuple[float, float]:
    """Compute the units by DynamoDB's rules from the current rows. Attributes outside the projection count too."""
    reads = writes = 0.0
    for call in calls:
        if call["name"] == "TransactWriteItems":
            rows = written_rows(dynamodb, call)
            writes += sum(write_units(item_bytes(row), transactional=True) for row in rows)
            writes += sum(write_units(item_bytes(entry), transactional=False) for entry in _index_entries(rows))
        else:
            row = _stored(dynamodb, call["params"]["TableName"], call["params"]["Key"])
            reads += read_units(item_bytes(row), consistent=call["params"].get("ConsistentRead", False))
    return reads, writes


def written_rows(dynamodb: Client, transaction: Mapping[str, Any]) -> list[Item]:
    """Return the webhook's record and the source's row after the transaction."""
    rows: list[Item] = []
    for item in transaction["params"]["TransactItems"]:
        rows += [put["Item"] for put in [item["Put"]]] if "Put" in item else []
        rows += [_stored(dynamodb, one["TableName"], one["Key"]) for one in [item.get("Update")] if one]
    return rows


def _index_entries(rows: list[Item]) -> list[Item]:
    """Return what the index of the webhook log copies: its keys and the table's."""
    keys = ("event", "item", "received_at")
    return [{name: row[name] for name in keys} for row in rows if all(name in row for name in keys)]


def _stored(dynamodb: Client, table: str, key: Item) -> Item:
    found: Item = dynamodb.get_item(TableName=table, Key=dict(key))["Item"]
    return found


def measure(code: Code, stage: Stage) -> Section:
    account = stage.account(plaid=1, snaptrade=1)
    rows: list[Row] = []
    for provider, source_id in (("plaid", account.plaid[0]), ("snaptrade", account.snaptrade[0])):
        rows += _webhook_rows(stage, provider, webhook(code, stage, provider, source_id))
    size = item_bytes(LONGEST_SOURCE_ROW)
    rows.append(Row("largest source row", f"{size} bytes", f"≤ {ROW_BYTES} bytes", size <= ROW_BYTES))
    for route, budget in ROUND_TRIPS.items():
        count = len(read(code, stage, route, account.cookie))
        rows.append(Row(f"round trips: {route}", str(count), str(budget), count <= budget))
    return Section("DynamoDB", "python -m benchmarks flows", rows, _NOTES)


def _webhook_rows(stage: Stage, provider: str, calls: list[dict[str, Any]]) -> list[Row]:
    dynamodb = aws.dynamodb(stage.cloud.ministack_url)
    told, ruled = told_units(calls), ruled_units(dynamodb, calls)
    record = max(item_bytes(row) for row in written_rows(dynamodb, calls[-1]) if "event" in row)
    fits = max(told[0], ruled[0]) <= READ_UNITS and max(told[1], ruled[1]) <= WRITE_UNITS
    units = f"{ruled[0]:g} RCU + {ruled[1]:g} WCU (MiniStack reports {told[0]:g} + {told[1]:g})"
    trips = len(calls)
    return [
        Row(f"round trips: {provider} webhook", str(trips), str(WEBHOOK_ROUND_TRIPS), trips <= WEBHOOK_ROUND_TRIPS),
        Row(f"capacity: {provider} webhook, one source", units, f"≤ {READ_UNITS:g} RCU + {WRITE_UNITS:g} WCU", fits),
        Row(f"largest record of a {provider} webhook", f"{record} bytes", f"≤ {ROW_BYTES} bytes", record <= ROW_BYTES),
    ]


_NOTES = """\
Calls are counted on botocore's wire, retries included, in a warm function. A read includes the session's look-up.
`benchmarks/capacity.py` computes the capacity by DynamoDB's published rules, from the stored rows. The record's body
fills its 500 bytes. The largest source row has every attribute, with ids of 64 characters."""
