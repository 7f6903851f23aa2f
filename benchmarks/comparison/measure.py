"""Measure start-up, first request and memory side by side: a usual FastAPI app, boto3 alone, and Tidings."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.code import ROOT, Code
from benchmarks.report import Row, Section
from benchmarks.stage import Event, Stage, event

ENVIRONMENT = ROOT / ".venv-comparison"
_HERE = Path(__file__).resolve().parent
_RUNS = 9
_FIGURES = ("import_ms", "import_cpu_ms", "request_ms", "request_cpu_ms", "memory_mb")


@dataclass(frozen=True)
class Candidate:
    """One program and its first request."""

    name: str
    module: str
    path: str
    function: str
    request: Event


def candidates(code: Code, stage: Stage) -> list[Candidate]:
    """List what is compared. Without the comparison's environment only ours is."""
    account = stage.account(plaid=1, snaptrade=1)
    stranger = stage.account()
    poll = event("GET /pending-updates", cookie=account.cookie)
    refresh = event("POST /holdings/refresh", cookie=stranger.cookie, headers=stage.origin)
    [packages] = [str(found) for found in ENVIRONMENT.glob("lib/python*/site-packages")]
    other = os.pathsep.join([str(_HERE), packages])
    return [
        Candidate("FastAPI, Mangum and both SDKs: a poll", "fastapi_app", other, "PendingFunction", poll),
        Candidate('boto3.client("dynamodb") alone: one read', "boto3_client", other, "PendingFunction", poll),
        _ours("Tidings: a poll", code, stage, "PendingFunction", poll),
        _ours("Tidings: a refresh, nothing connected", code, stage, "RefreshFunction", refresh),
    ]


def _ours(name: str, code: Code, stage: Stage, function: str, request: Event) -> Candidate:
    described = stage.functions[function]
    return Candidate(name, described.handler.rpartition(".")[0], code.path(described.folder), function, request)


def measure(code: Code, stage: Stage) -> Section:
    """Run all candidates in turns. The first run of each only fills the file cache."""
    compared = candidates(code, stage)
    taken: dict[str, list[Mapping[str, float]]] = {one.name: [] for one in compared}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "event.json"
        for _ in range(_RUNS + 1):
            for one in compared:
                file.write_text(json.dumps(one.request), "utf-8")
                taken[one.name].append(run(code.python, one, file, stage.environment(one.function)))
    rows = [Row(name, _described(runs[1:])) for name, runs in taken.items()]
    return Section("Beside what else could be used", "python -m benchmarks comparison", rows, _NOTES)


def run(python: str, candidate: Candidate, file: Path, environment: Mapping[str, str]) -> Mapping[str, float]:
    """Run one process. Raises RuntimeError if its first request fails."""
    command = [python, "-S", str(_HERE / "first_request.py"), candidate.module, str(file)]
    variables = {**environment, "PYTHONPATH": candidate.path}
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"{candidate.name}: {ended.stderr}")
    told: Mapping[str, float] = json.loads(ended.stderr.splitlines()[-1])
    if told["status"] != 200:
        raise RuntimeError(f"{candidate.name}: answered {told['status']}")
    return told


def _described(runs: Sequence[Mapping[str, float]]) -> str:
    wall, cpu, first, first_cpu, memory = (median(one[name] for one in runs) for name in _FIGURES)
    start = f"start {wall:.0f} ms ({cpu:.0f} ms of CPU)"
    return f"{start}, first request {first:.0f} ms ({first_cpu:.0f} ms of CPU), {memory:.0f} MB"


_NOTES = f"""\
Start is the import of the handler's module, with compiled packages, without the interpreter's own start. On Lambda it
is the INIT phase, and the first request follows at the function's share of a processor. Memory is the most that the
process used. The FastAPI app is written for this comparison (`benchmarks/comparison/fastapi_app.py`): it makes both
SDKs' clients and one of DynamoDB when it is imported, and a poll makes the same two reads as ours, without signatures,
limits or logs. Medians of {_RUNS} processes each, in turns, on the same interpreter."""
