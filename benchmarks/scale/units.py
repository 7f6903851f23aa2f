"""Hold the measured units of each flow: what `python -m benchmarks units` writes and the simulation reads."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self, get_args

FILE = Path(__file__).with_name("units.json")
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
"""The calls to a table that a unit counts as reads; the others are writes."""

Flow = Literal[
    "webhook_plaid",
    "webhook_snaptrade",
    "poll",
    "holdings",
    "refresh",
    "refresh_refused",
    "check",
]
FLOWS: tuple[Flow, ...] = get_args(Flow)


@dataclass(frozen=True)
class Unit:
    """One request or message of a flow in a warm function.

    `calls`: round trips to AWS one after the other or side by side. `reads` and `writes` are those to DynamoDB.
    `plaid_calls` and `snaptrade_calls`: as the rate limiter counts them.
    """

    cpu_ms: float
    calls: float
    reads: float
    writes: float
    read_units: float
    write_units: float
    decryptions: float
    plaid_calls: float
    snaptrade_calls: float
    response_bytes: float
    log_bytes: float


@dataclass(frozen=True)
class Units:
    """Every flow's unit, with the stored bytes per user and the CPU time of a function's start.

    `user_bytes`: rows that stay, per user with one source of each provider. `event_bytes`: a row of the webhook log,
    its index entry included. `cold_ms`: from a process's start to its first response.
    """

    measured: Mapping[str, str]
    flows: Mapping[Flow, Unit]
    user_bytes: float
    event_bytes: float
    cold_ms: Mapping[Flow, float]

    @classmethod
    def load(cls, file: Path = FILE) -> Self:
        stored = json.loads(file.read_text("utf-8"))
        stored["flows"] = {name: Unit(**unit) for name, unit in stored["flows"].items()}
        return cls(**stored)

    def save(self, file: Path = FILE) -> None:
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")
