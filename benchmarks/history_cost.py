"""Measure GET /holdings/history of two years: our own CPU, the body's size, and the pages that are read."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from typing import Any

from benchmarks.code import Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.stage import Event, Stage, event

_FUNCTION = "HoldingsFunction"
_DAYS = 730
_TABLE, _RATES_TABLE = "HistoryTable", "ExchangeRatesTable"
_RUNS = 15
OWN_MS, GZIP_KB, PAGES = 40.0, 200.0, 2

Item = dict[str, dict[str, str]]


def measure(code: Code, stage: Stage) -> Section:
    account = stage.account(plaid=2, snaptrade=1)
    stage.put_rows(_RATES_TABLE, list(_rates()))
    stage.put_rows(_TABLE, list(_history(_stored_days(stage, [*account.plaid, *account.snaptrade]))))
    rows = []
    for currency, converted in (("EUR", "every amount converted"), ("USD", "half of the currencies converted")):
        request = event("GET /holdings/history", cookie=account.cookie, headers={"accept-encoding": "gzip"})
        rows += _measure(code, stage, {**request, "queryStringParameters": {"currency": currency}}, converted)
    return Section("Two years of history", "python -m benchmarks history", rows, _NOTES)


def _measure(code: Code, stage: Stage, request: Event, what: str) -> list[Row]:
    kept = {"HISTORY_DAYS": str(_DAYS)}
    with Warm(code, stage, _FUNCTION, **kept) as warm:
        warm.order(watch=True)
        calls = warm.answer([request] * 2)["answers"][-1]["calls"]
    with Warm(code, stage, _FUNCTION, **kept) as warm:
        warm.answer([request])
        bare = [(call["name"], call["params"]) for call in calls]
        taken = [(warm.answer([request])["cpu_ms"], warm.order(bare=bare)["cpu_ms"]) for _ in range(_RUNS)]
        body = warm.answer([request])["answers"][0]["body"]
    own, whole = median(total - alone for total, alone in taken), median(total for total, _ in taken)
    text = body.encode() if body.startswith("{") else gzip.decompress(base64.b64decode(body))
    points = len(json.loads(text)["points"])
    if points != _DAYS:
        raise RuntimeError(f"{points} points, not {_DAYS}")
    size = len(gzip.compress(text, 3)) / 1000
    pages = sum(stage.cloud.physical[_TABLE] in call["params"]["TableName"] for call in calls)
    return [
        Row(f"{what}: CPU", f"{own:.0f} ms ({whole:.0f} ms in total)", f"≤ {OWN_MS:g} ms", own <= OWN_MS),
        Row(
            f"{what}: body", f"{len(text) / 1000:.0f} kB, {size:.0f} kB gzip", f"≤ {GZIP_KB:g} kB gzip", size <= GZIP_KB
        ),
        Row(f"{what}: pages of the history", str(pages), f"≤ {PAGES}", pages <= PAGES),
    ]


def _stored_days(stage: Stage, source_ids: list[str]) -> list[Item]:
    """Return the row that each source's fetch has just stored."""
    return [row for row in stage.rows(_TABLE) if row["entry"]["S"].startswith("day#") and _source_id(row) in source_ids]


def _source_id(row: Item) -> str:
    return row["source"]["S"].partition("#")[2]


def _history(fetched: list[Item]) -> Iterator[Item]:
    """Repeat the sources' days, each with two accounts in two currencies."""
    random = Random(1)
    today = datetime.now(UTC).date()
    for day in (today - timedelta(days=number) for number in range(_DAYS)):
        began = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        for row in fetched:
            content = {"began": began + random.randrange(86_400_000), "linked": None, "accounts": _accounts(random)}
            yield {
                **row,
                "entry": {"S": f"day#{day.isoformat()}#{row['source']['S']}"},
                "content": {"S": json.dumps(content, separators=(",", ":"))},
            }


def _accounts(random: Random) -> list[dict[str, Any]]:
    def amount() -> str:
        return f"{random.randint(10**6, 10**8)}.{random.randint(0, 99):02d}"

    return [
        {"key": f"{random.getrandbits(64):016x}", "values": {currency: amount() for currency in currencies}}
        for currencies in (("USD",), ("CAD", "USD"))
    ]


def _rates() -> Iterator[Item]:
    """Return a rate of both currencies for each day on which banks work."""
    random = Random(2)
    last = datetime.now(UTC).date()
    for day in (last - timedelta(days=number) for number in range(_DAYS + 10)):
        if day.weekday() < 5:
            rates = {code: f"1.{random.randint(1000, 9999)}" for code in ("USD", "CAD")}
            yield {
                "base": {"S": "EUR"},
                "entry": {"S": f"{day.isoformat()}#ecb#0001"},
                "rates": {"S": json.dumps(rates)},
                "stored_at": {"N": "0"},
            }


_NOTES = f"""\
{_DAYS} days of three sources with two accounts each, in two currencies; every source was fetched every day. The CPU is
that of a warm function, minus that of the same DynamoDB calls by botocore alone. Both take turns in one process; the
figure is the median of {_RUNS}. A process reads the rates once in ten minutes, which is one page more."""
