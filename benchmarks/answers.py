"""Measure the poll through the gateway, the recorder's overhead, and 10,000 positions: refresh, read and merge."""

import base64
import gzip
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from unittest import mock

import httpx
import simplejson

from benchmarks.code import Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.stage import Stage, event
from local import aws
from local.cloud import Options, local_cloud
from local.settings import Settings
from tidings.holdings import Account, Holding, Snapshot
from tidings.model import ProviderName
from tidings.portfolio import accounts, merge

_POLLS = 400
_POSITIONS = 10_000
_RUNS = 5
_CALLS = 60
READ_AND_MERGED_MS = 1_000.0
MERGED_TO_SINGLE = 3.0
"""80 ms where a single source of as many rows takes 26 ms. The machine's speed cancels out."""
ANSWER_MB = 0.75
DETOUR_MS = 1.5
SIMULATOR_MS = 35.0
"""A response that Nagle's algorithm delays takes 40 ms or more."""
SECOND_START_S = 10.0


def measure(code: Code, stage: Stage) -> Section:
    rows = [_poll(stage), *_large(code, stage), _simulator(stage), *_of_local_cloud()]
    return Section("Large portfolios and the local cloud", "python -m benchmarks answers", rows, _NOTES)


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
    with mock.patch.dict(os.environ, stage.environment("HoldingsFunction")):
        both = _two_providers_ms(rows)
    single, three = _single_and_three_sources_ms(rows)
    return [
        Row(f"{_POSITIONS:,} positions: refresh, provider included", f"{fetched:.0f} ms"),
        Row(f"{_POSITIONS:,} positions: GET /holdings", f"{shown:.0f} ms"),
        Row(f"{_POSITIONS:,} positions: merge alone, CPU", f"{single:.0f} ms"),
        Row(
            f"{_POSITIONS:,} positions in three sources, each account seen twice: merge alone, CPU",
            f"{three / single:.1f} x ({three:.0f} ms)",
            f"≤ {MERGED_TO_SINGLE:g} x one source",
            three <= MERGED_TO_SINGLE * single,
        ),
        Row(
            f"{_POSITIONS:,} positions, half of each provider: unpacked, merged and written, CPU",
            f"{both:.0f} ms",
            f"≤ {READ_AND_MERGED_MS:g} ms",
            both <= READ_AND_MERGED_MS,
        ),
        Row(
            f"{_POSITIONS:,} positions: response",
            f"{len(text) / 1e6:.2f} MB plain, {len(sent) / 1e6:.2f} MB gzip in base64",
            f"≤ {ANSWER_MB:g} MB gzip",
            len(base64.b64decode(sent)) / 1e6 <= ANSWER_MB,
        ),
    ]


def _single_and_three_sources_ms(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """Measure the merge of one source and of three, in turns."""
    holdings = _holdings(rows)
    single, three = [_snapshot("plaid", holdings)], _three_sources(holdings)
    taken = [(_merge_ms(single), _merge_ms(three)) for _ in range(_RUNS)]
    return median(one for one, _ in taken), median(several for _, several in taken)


def _merge_ms(snapshots: list[Snapshot]) -> float:
    began = time.thread_time()
    merge.merge_holdings(accounts.deduplicate(snapshots), "USD")
    return 1000 * (time.thread_time() - began)


def _three_sources(holdings: tuple[Holding, ...]) -> list[Snapshot]:
    """Show three accounts twice each, with as many rows as before in all. SnapTrade knows no ISIN and no CUSIP."""
    third = len(holdings) // 6
    parts = [holdings[number * third : (number + 1) * third] for number in range(3)]
    pairs: list[tuple[ProviderName, str, tuple[int, int]]] = [
        ("plaid", "p1", (0, 1)),
        ("plaid", "p2", (1, 2)),
        ("snaptrade", "s1", (2, 0)),
    ]
    return [_two_accounts(provider, source_id, both, parts) for provider, source_id, both in pairs]


def _two_accounts(
    provider: ProviderName, source_id: str, shown: tuple[int, int], parts: list[tuple[Holding, ...]]
) -> Snapshot:
    held = [
        replace(
            row if provider == "plaid" else replace(row, isin=None, cusip=None),
            provider=provider,
            source_id=source_id,
            account_id=f"{source_id}-{number}",
        )
        for number in shown
        for row in parts[number]
    ]
    listed = [Account(f"{source_id}-{number}", None, "brokerage", f"111{number}", None, "USD") for number in shown]
    return replace(_snapshot(provider, tuple(held)), accounts=tuple(listed), institution="Simulated Bank")


def _two_providers_ms(rows: list[dict[str, Any]]) -> float:
    """Measure the CPU of GET /holdings after the store. Both providers have the same positions, so each is matched."""
    from tidings.api import request, response
    from tidings.portfolio import view  # reads the tables' names when it is imported
    from tidings.store import snapshot_codec

    of_plaid = _holdings(rows)[: _POSITIONS // 2]
    of_snaptrade = tuple(replace(one, provider="snaptrade", source_id="s", cusip=None) for one in of_plaid)
    stored = [_snapshot("plaid", of_plaid), _snapshot("snaptrade", of_snaptrade)]
    slices = [snapshot_codec.encode(one.holdings, []) for one in stored]
    parsed_request = request.parse_request(event("GET /holdings", headers={"accept-encoding": "gzip"}))
    taken = []
    for _ in range(_RUNS):
        began = time.thread_time()
        read = [
            replace(one, holdings=snapshot_codec.decode(parts)[0]) for one, parts in zip(stored, slices, strict=True)
        ]
        response.decimal_response(parsed_request, 200, view.portfolio_body(read, {}, pending=False, currency="USD"))
        taken.append(1000 * (time.thread_time() - began))
    return median(taken)


def _holdings(rows: list[dict[str, Any]]) -> tuple[Holding, ...]:
    fields = set(Holding.__dataclass_fields__)
    return tuple(Holding(**{name: value for name, value in row.items() if name in fields}) for row in rows)


def _snapshot(provider: ProviderName, held: tuple[Holding, ...]) -> Snapshot:
    return Snapshot(
        provider=provider,
        source_id=held[0].source_id,
        link_id="link",
        generation=1,
        fetch_began_at=0,
        fetch_id="fetch",
        parts=1,
        digest="digest",
        holdings=held,
    )


def _simulator(stage: Stage) -> Row:
    taken = []
    with httpx.Client(base_url=stage.cloud.plaid_simulator, trust_env=False) as client:
        for _ in range(_CALLS):
            began = time.perf_counter()
            client.post("/item/get", json={"access_token": "x"})
            taken.append(1000 * (time.perf_counter() - began))
    found = median(taken)
    return Row("simulator: a small answer", f"{found:.1f} ms", f"≤ {SIMULATOR_MS:g} ms", found <= SIMULATOR_MS)


def _of_local_cloud() -> list[Row]:
    """Measure what recording adds to an AWS call, and the second start of a local cloud with the first one's state."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(port=0, state=Path(folder), record=Path(folder) / "calls.jsonl")
        options = Options(concurrency=1)
        with local_cloud(settings, options) as cloud:
            table = cloud.physical["SessionsTable"]
            direct, recorded = (_call_ms(url, table) for url in (cloud.ministack_url, cloud.aws_endpoint))
        began = time.perf_counter()
        with local_cloud(settings, options):
            started_s = time.perf_counter() - began
    added = recorded - direct
    start = f"≤ {SECOND_START_S:g} s"
    return [
        Row("AWS call: added by the recorder", f"{added:.2f} ms", f"≤ {DETOUR_MS:g} ms", added <= DETOUR_MS),
        Row("local cloud: second start", f"{started_s:.1f} s", start, started_s <= SECOND_START_S),
    ]


def _call_ms(endpoint: str, table: str) -> float:
    client, taken = aws.dynamodb(endpoint), []
    for _ in range(_CALLS):
        began = time.perf_counter()
        client.get_item(TableName=table, Key={"session": {"S": "x"}})
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)


_NOTES = f"""\
Medians of {_RUNS}, and {_POLLS} successive polls over one connection. Lambda limits a response to 6 MB, base64
included. One source and three are merged in turns."""
