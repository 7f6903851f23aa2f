"""Latency of the poll through the gateway, and a portfolio of 10,000 positions: refreshed, read, merged."""

import base64
import gzip
import time
from statistics import median, quantiles
from typing import Any

import httpx
import simplejson

from benchmarks.code import Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.stage import Stage, event
from tidings import accounts, portfolio
from tidings.model import Holding, Snapshot

_POLLS = 400
_POSITIONS = 10_000
_RUNS = 5


def measure(code: Code, stage: Stage) -> Section:
    return Section("Beyond the budgets", "python -m benchmarks answers", [_poll(stage), *_large(code, stage)], _NOTES)


def _poll(stage: Stage) -> Row:
    account = stage.account(plaid=1, snaptrade=1)
    taken = []
    with httpx.Client(base_url=stage.cloud.front, cookies={"session_id": account.cookie}) as client:
        for _ in range(_POLLS):
            began = time.perf_counter()
            client.get("/pending-updates").raise_for_status()
            taken.append(1000 * (time.perf_counter() - began))
    percentiles = quantiles(taken[10:], n=100)
    return Row("pending poll through the gateway, warm", f"p50 {percentiles[49]:.1f} ms, p99 {percentiles[98]:.1f} ms")


def _large(code: Code, stage: Stage) -> list[Row]:
    account = stage.account(plaid=1, fetched=False)
    stage.control("plaid", "positions", item_id=account.plaid[0], count=_POSITIONS)
    packed = {"accept-encoding": "gzip"}
    refresh = event("POST /holdings/refresh", cookie=account.cookie, headers={**stage.origin, **packed})
    read = event("GET /holdings", cookie=account.cookie, headers=packed)
    with Warm(code, stage, "RefreshFunction", REFRESH_COOLDOWN_SECONDS="0") as warm:
        warm.answer([refresh])
        fetched = median(warm.answer([refresh])["answers"][0]["wall_ms"] for _ in range(_RUNS))
    with Warm(code, stage, "HoldingsFunction") as warm:
        warm.answer([read])
        shown = median(warm.answer([read])["answers"][0]["wall_ms"] for _ in range(_RUNS))
        sent = warm.answer([read])["answers"][0]["body"]
    text = gzip.decompress(base64.b64decode(sent))
    rows = simplejson.loads(text, use_decimal=True)["holdings"]["portfolio_data"]["holdings"]
    return [
        Row(f"{_POSITIONS:,} positions: refresh, the provider's part included", f"{fetched:.0f} ms"),
        Row(f"{_POSITIONS:,} positions: GET /holdings", f"{shown:.0f} ms"),
        Row(f"{_POSITIONS:,} positions: merge alone", f"{_merge_ms(rows):.0f} ms"),
        Row(
            f"{_POSITIONS:,} positions: answer",
            f"{len(text) / 1e6:.2f} MB plain, {len(sent) / 1e6:.2f} MB gzip in base64",
        ),
    ]


def _merge_ms(rows: list[dict[str, Any]]) -> float:
    fields = set(Holding.__dataclass_fields__)
    holdings = tuple(Holding(**{name: value for name, value in row.items() if name in fields}) for row in rows)
    snapshot = Snapshot(
        provider="plaid",
        source_id=holdings[0].source_id,
        link_id="link",
        generation=1,
        fetch_began_at=0,
        fetch_id="fetch",
        parts=1,
        digest="digest",
        holdings=holdings,
    )
    taken = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        portfolio.merged(accounts.counted([snapshot]), "USD")
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)


_NOTES = f"""\
Medians of {_RUNS}; {_POLLS} polls one after the other over one connection. Lambda's limit for an answer is 6
MB, and base64 is a part of it."""
