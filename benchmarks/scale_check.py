"""Compare the simulation with a real run: 200 users on the local cloud, in four minutes."""

import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

import httpx

from benchmarks.code import Code
from benchmarks.real_users import Played, RealUsers, generator_of
from benchmarks.report import Row, Section
from benchmarks.scale.day import Day, Simulation
from benchmarks.scale.parameters import CURRENT, RAISED, Workload
from benchmarks.scale.units import FLOWS, READS, Flow, Units
from benchmarks.stage import Account, Stage, staged

FILE = Path(__file__).parent / "scale" / "check.json"
WORKLOAD = Workload(
    users=200,
    day_s=240.0,
    burst_from_s=15.0,
    burst_for_s=200.0,
    burst_share=1.0,
    day_session=None,
    evening_session=(0.0, 5.0, 15.0),
    session_s=225.0,
    poll_s=30.0,
    think_s=5.0,
    forgotten_share=0.0,
    repeats=False,
    runs=1,
)
"""An evening in four minutes: the page polls every 30 s instead of every 5 min, and one run of the reconciler."""
TOLERANCE = 0.2
_SEED = 200
_LINKING = 4
_CALIBRATIONS = 30
_PAUSE_S = 0.4
"""Between them, as between the requests of the run: one that follows at once finds all in the processor's caches."""
_STREAM_READS = frozenset({"GetShardIterator", "GetRecords"})
"""Lambda's own, and free."""
_DRAINED_S = 60.0


@dataclass(frozen=True)
class Compared:
    """One figure, simulated and real."""

    what: str
    simulated: float
    real: float
    unit: str

    @property
    def difference(self) -> float:
        return self.simulated / self.real - 1 if self.real else float(bool(self.simulated))


def measure(_code: Code, _stage: Stage) -> Section:
    """Run both and write the comparison to the simulation's folder."""
    return measure_users(WORKLOAD)


def measure_users(workload: Workload) -> Section:
    """Do the same for another number of users."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "calls.jsonl"
        environment = {"REFRESH_COOLDOWN_SECONDS": "1"}
        with staged(record=record, concurrency=2, environment=environment) as stage:
            accounts = _linked(stage, workload.users)
            service_s = _calibrated(stage, accounts[0])
            for account in accounts:
                _change_silently(stage, account)
            begin = record.stat().st_size
            played = _play(stage, accounts, workload)
            calls = _recorded(record, begin)
    compared = compare(_simulated(service_s, workload), played, calls)
    stored = {"users": workload.users, "compared": [asdict(one) for one in compared]}
    FILE.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    rows = [
        Row(
            one.what,
            f"simulated {one.simulated:,.4g}, real {one.real:,.4g} {one.unit} ({one.difference:+.0%})",
            f"within {TOLERANCE:.0%}",
            abs(one.difference) <= TOLERANCE,
        )
        for one in compared
    ]
    rows.append(Row("refreshes answered other than 200", str(played.refused)))
    return Section("The simulation against a real run", "python -m benchmarks scale_check", rows, _NOTES)


def _linked(stage: Stage, count: int) -> list[Account]:
    with _without_rate_limits(stage), ThreadPoolExecutor(_LINKING) as pool:
        return list(pool.map(lambda _: stage.account(plaid=1, snaptrade=1), range(count)))


@contextmanager
def _without_rate_limits(stage: Stage) -> Iterator[None]:
    """Delete the rate counters all the time: linking takes more calls than the providers' limits allow."""
    ended = threading.Event()

    def clear() -> None:
        while not ended.wait(1):
            stage.delete_rate_counters()

    clearing = threading.Thread(target=clear)
    clearing.start()
    try:
        yield
    finally:
        ended.set()
        clearing.join()


def _calibrated(stage: Stage, account: Account) -> dict[Flow, float]:
    """Measure from outside how long a webhook and a poll take alone: the simulation can't know this machine's speed."""
    taken: dict[Flow, float] = dict.fromkeys(FLOWS, 0.0)
    orders: dict[Flow, tuple[str, dict[str, str]]] = {
        "webhook_plaid": ("plaid", {"item_id": account.plaid[0]}),
        "webhook_snaptrade": ("snaptrade", {"connection_id": account.snaptrade[0]}),
    }
    with httpx.Client(timeout=60) as client:
        for flow, (provider, named) in orders.items():
            url = f"{stage.simulator(provider)}/_sim/webhook"
            taken[flow] = _median_s(partial(client.post, url, json=named))
        headers = {"cookie": f"session_id={account.cookie}"}
        taken["poll"] = _median_s(partial(client.get, f"{stage.cloud.front}/pending-updates", headers=headers))
    return taken


def _median_s(request: Callable[[], httpx.Response]) -> float:
    taken = []
    for _ in range(_CALIBRATIONS):
        time.sleep(_PAUSE_S)
        began = time.perf_counter()
        request().raise_for_status()
        taken.append(time.perf_counter() - began)
    return median(taken)


def _change_silently(stage: Stage, account: Account) -> None:
    stage.control("plaid", "trade", item_id=account.plaid[0], silent=True)
    stage.control("snaptrade", "trade", connection_id=account.snaptrade[0], silent=True)


def _play(stage: Stage, accounts: Sequence[Account], workload: Workload) -> Played:
    """Begin a run of the reconciler, play the users, and let the queue drain."""
    url = f"{stage.cloud.front}/_local/schedules/ReconcileFunctionRun/run"
    httpx.post(url, timeout=60).raise_for_status()
    played = asyncio.run(RealUsers(stage, list(accounts), workload, generator_of(_SEED)).play())
    time.sleep(_DRAINED_S)
    return played


def _recorded(record: Path, begin: int) -> dict[str, int]:
    """Count the requests to DynamoDB, and the messages sent, since that place of the record."""
    with record.open("rb") as file:
        file.seek(begin)
        lines = [json.loads(line) for line in file]
    calls = {
        line["request"]: line["call"]
        for line in lines
        if line["service"] == "dynamodb" and line["call"] not in _STREAM_READS
    }
    messages = [line["message"] for line in lines if line["service"] == "sqs" and "message" in line]
    return {
        "reads": sum(call in READS for call in calls.values()),
        "writes": sum(call not in READS for call in calls.values()),
        "messages": sum(text.count("\n") + 1 for text in messages),
    }


def _simulated(service_s: dict[Flow, float], workload: Workload) -> Day:
    # Nothing was checked yet, so the run finds every item due.
    behaviour = replace(CURRENT, by_schedule=True)
    return Simulation(workload, behaviour, RAISED, Units.load(), seed=_SEED, service_s=service_s).play()


def compare(day: Day, played: Played, calls: dict[str, int]) -> list[Compared]:
    """Pair the simulated figures with the real ones."""
    flows = Units.load().flows
    reads = sum(day.counts[flow] * flows[flow].reads for flow in FLOWS)
    writes = sum(day.counts[flow] * flows[flow].writes for flow in FLOWS)
    webhooks = day.counts["webhook_plaid"] + day.counts["webhook_snaptrade"]
    refreshes = day.counts["refresh_requests"]
    return [
        Compared(
            "messages: webhooks and status checks",
            webhooks + day.counts["check"],
            played.webhooks + calls["messages"],
            "",
        ),
        Compared("polls", day.counts["poll"], played.requests["/pending-updates"], ""),
        Compared("refreshes", refreshes, played.requests.get("/holdings/refresh", 0), ""),
        Compared("reads of DynamoDB", reads, calls["reads"], "calls"),
        Compared("writes to DynamoDB", writes, calls["writes"], "calls"),
        Compared("from webhook to pending, median", 1000 * day.pending.p50, 1000 * median(played.pending_s), "ms"),
        Compared("from webhook to banner, median", day.banner_open.p50, median(played.banner_s), "s"),
    ]


_NOTES = f"""\
{WORKLOAD.users} users with a source of each provider, on a local cloud of their own. Real clients poll and click; the
simulators send the signed webhooks. The day is compressed to {WORKLOAD.day_s:.0f} s. Users come and webhooks are sent
at the simulation's times; everything else happens by itself. Calls are counted by the recorder. The time of a webhook
alone is measured first, on the idle cloud, and the simulation adds what waiting adds."""
