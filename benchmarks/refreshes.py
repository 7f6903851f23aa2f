"""Measure what a refresh adds to the slowest provider call, with a slow provider and a warm function."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

import httpx

from benchmarks.code import Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.stage import Account, Stage, event
from local.settings import Plaid

BUDGET_MS = 50.0
_DELAY_S = 0.3
_RUNS = 11
_SLOW = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts/"}


@dataclass(frozen=True)
class Taken:
    """Medians in milliseconds: the refresh, and its slowest call alone."""

    refresh_ms: float
    call_ms: float

    @property
    def added_ms(self) -> float:
        return self.refresh_ms - self.call_ms


def refreshed(code: Code, stage: Stage, account: Account, slow: str = "plaid", runs: int = _RUNS) -> Taken:
    """Measure refreshes with an update of every source, alternating with the call alone."""
    refreshes, calls = [], []
    url, tokens = stage.cloud.plaid_simulator + _SLOW["plaid"], [stage.access_token(item) for item in account.plaid]
    request = event("POST /holdings/refresh", cookie=account.cookie, headers=stage.origin)
    with Warm(code, stage, "RefreshFunction", REFRESH_COOLDOWN_SECONDS="0") as warm, httpx.Client() as client:
        warm.answer([request])
        stage.control(slow, "faults", path=_SLOW[slow], kind="delay", delay_s=_DELAY_S)
        for _ in range(runs):
            _trade(stage, account)
            stage.delete_rate_counters()
            calls.append(_plaid_calls_ms(client, url, tokens) if tokens and slow == "plaid" else 1000 * _DELAY_S)
            refreshes.append(warm.answer([request])["answers"][0]["wall_ms"])
        stage.without_faults(slow)
    return Taken(median(refreshes), median(calls))


def _trade(stage: Stage, account: Account) -> None:
    for item_id in account.plaid:
        stage.control("plaid", "trade", item_id=item_id)
    for connection_id in account.snaptrade:
        stage.control("snaptrade", "trade", connection_id=connection_id)


def _plaid_calls_ms(client: httpx.Client, url: str, tokens: list[str]) -> float:
    """Measure the slowest of the refresh's calls, made in parallel as the refresh does."""
    headers = {"plaid-client-id": Plaid.client_id, "plaid-secret": Plaid.secret}
    began = time.perf_counter()
    with ThreadPoolExecutor(len(tokens)) as pool:
        for answer in pool.map(lambda token: client.post(url, json={"access_token": token}, headers=headers), tokens):
            answer.raise_for_status()
    return 1000 * (time.perf_counter() - began)


def measure(code: Code, stage: Stage) -> Section:
    rows = []
    for what, account in (
        ("one Plaid item", stage.account(plaid=1, fetched=False)),
        ("three Plaid items and a SnapTrade connection", stage.account(plaid=3, snaptrade=1, fetched=False)),
    ):
        taken = refreshed(code, stage, account)
        measured = f"{taken.added_ms:.0f} ms ({taken.refresh_ms:.0f} ms, its slowest call alone {taken.call_ms:.0f} ms)"
        rows.append(Row(f"added: {what}", measured, f"≤ {BUDGET_MS:g} ms", taken.added_ms <= BUDGET_MS))
    taken = refreshed(code, stage, stage.account(snaptrade=1, fetched=False), slow="snaptrade")
    measured = f"{taken.added_ms:.0f} ms in addition to its slowest call of {taken.call_ms:.0f} ms"
    rows.append(Row("one SnapTrade connection, with the two calls before the slowest", measured))
    return Section(
        "Refresh: what Tidings adds to the slowest provider call", "python -m benchmarks refreshes", rows, _NOTES
    )


_NOTES = f"""\
Plaid's /investments/holdings/get (or SnapTrade's account calls) is made {1000 * _DELAY_S:.0f} ms slower. The figure
is the median of {_RUNS} refreshes in a warm function, minus the median of that call alone. Every source has new
data before each refresh. Around the call the function authenticates the user, acquires the cooldown, reads the
sources' rows, decrypts and normalizes. One transaction per source stores the snapshot and clears the update. The
response is the merged portfolio."""
