"""Measure the time from a process's start to its first response, relative to creating one botocore client."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.code import Code, of_python
from benchmarks.processes import Cold, start
from benchmarks.report import Row, Section
from benchmarks.stage import Event, Stage, event

_RUNS = 11


@dataclass(frozen=True)
class Case:
    """A function and its first requests, a new one for each run. `budget`: a multiple of the client's time."""

    name: str
    function: str
    budget: float | None
    requests: Callable[[int], list[Event]]


@dataclass(frozen=True)
class StartUp:
    """Medians: in milliseconds, and of the ratios of each run to the client's that came before it."""

    wall_ms: float
    client_ms: float
    ratio: float
    cpu_ratio: float


def cases(stage: Stage) -> list[Case]:
    """List the measured functions. Only the last refresh calls providers; the others are refused first."""
    known, stranger = stage.account(plaid=1, snaptrade=1), stage.account()
    bearer = event("GET /pending-updates", headers={"authorization": f"Bearer {stage.token()}"})
    refresh = event("POST /holdings/refresh", cookie=stranger.cookie, headers=stage.origin)

    def webhooks(provider: str, source_id: str) -> Callable[[int], list[Event]]:
        return lambda count: stage.webhooks(provider, source_id, count)

    def same(request: Event) -> Callable[[int], list[Event]]:
        return lambda count: [request] * count

    def full(count: int) -> list[Event]:
        # A user each, for the cooldown: their sources' first fetch.
        users = [stage.account(plaid=1, snaptrade=1, fetched=False) for _ in range(count)]
        return [event("POST /holdings/refresh", cookie=user.cookie, headers=stage.origin) for user in users]

    return [
        Case("pending poll", "PendingFunction", 1.35, same(event("GET /pending-updates", cookie=known.cookie))),
        Case("Plaid webhook", "WebhookPlaidFunction", 1.6, webhooks("plaid", known.plaid[0])),
        Case("SnapTrade webhook", "WebhookSnapTradeFunction", 1.6, webhooks("snaptrade", known.snaptrade[0])),
        Case("GET holdings", "HoldingsFunction", 1.75, same(event("GET /holdings", cookie=known.cookie))),
        Case("refresh, nothing connected", "RefreshFunction", 1.75, same(refresh)),
        Case("pending poll with a first bearer token", "PendingFunction", None, same(bearer)),
        Case("refresh that fetches from both providers", "RefreshFunction", None, full),
    ]


def compare(code: Code, stage: Stage, case: Case, runs: int) -> StartUp:
    """Run the function and the client alternately. The first run of each only fills the file cache."""
    function = stage.functions[case.function]
    module = function.handler.rpartition(".")[0]
    environment = stage.environment(case.function)
    file = code.folder / "event.json"
    ours, clients = [], []
    for request in case.requests(runs + 1):
        file.write_text(json.dumps(request), "utf-8")
        clients.append(start(code, code.packages_path, "client.py", [], environment))
        ours.append(start(code, code.path(function.folder), "cold.py", [module, str(file)], environment))
    return _compared(ours[1:], clients[1:])


def _compared(ours: list[Cold], clients: list[Cold]) -> StartUp:
    statuses = {run.status for run in ours}
    if statuses != {200}:
        raise RuntimeError(f"a first request was answered {statuses}")
    pairs = list(zip(ours, clients, strict=True))
    return StartUp(
        wall_ms=median(run.wall_ms for run in ours),
        client_ms=median(run.wall_ms for run in clients),
        ratio=median(run.wall_ms / client.wall_ms for run, client in pairs),
        cpu_ratio=median(run.cpu_ms / client.cpu_ms for run, client in pairs),
    )


def measure(code: Code, stage: Stage) -> Section:
    with tempfile.TemporaryDirectory() as folder:
        deployed = of_python(Path(folder) / "code", stage.functions["PendingFunction"].runtime.removeprefix("python"))
        rows = [row for one in (code, deployed) if one for case in cases(stage) for row in [_row(one, stage, case)]]
    return Section("Start-up, to the first response", "python -m benchmarks start_up", rows, _NOTES)


def _row(code: Code, stage: Stage, case: Case) -> Row:
    found = compare(code, stage, case, _RUNS)
    beside = f"{found.wall_ms:.0f} ms against {found.client_ms:.0f} ms; CPU {found.cpu_ratio:.2f} x"
    budget = f"≤ {case.budget} x" if case.budget else ""
    holds = None if case.budget is None else found.ratio <= case.budget
    return Row(f"Python {code.version}: {case.name}", f"{found.ratio:.2f} x ({beside})", budget, holds)


_NOTES = f"""\
Each run is a new process with compiled code, without `site`. The time runs from its start to the response to its
first request. The process really carries out the request, against MiniStack and the simulators (Plaid's key
look-up, a refresh's fetch). Before each run another process creates one botocore DynamoDB client and does nothing
else. The figure is the median of {_RUNS} such ratios. The CPU time is that of the whole process, its end included.
The second Python is that of the deployed functions, with the layer's packages only.

What made a difference:

- The garbage collector looks through nothing that starting makes, which stays: a tenth.
- urllib3 is imported while the stack is short. Otherwise Python 3.11 to 3.13 may map and unmap a piece of the stack
  at every call of the regular expression compiler. That cost up to a fifth of a webhook's start, depending on the
  depth.
- Payload models are built when they are first used.
- Named tuples replace frozen dataclasses, which take five times as long to create.
- pydantic does not search for plugins."""
