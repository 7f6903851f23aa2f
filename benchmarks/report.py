"""Write docs/performance.md: each measurement with its budget."""

import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measurement. `holds` is None if it has no budget."""

    what: str
    measured: str
    budget: str = ""
    holds: bool | None = None


@dataclass(frozen=True)
class Section:
    """A table. `command` measures this section alone; `notes` describe the method and its limits."""

    title: str
    command: str
    rows: Sequence[Row]
    notes: str


_HEAD = """# Performance

This page compares each budget with what one run of `make bench` measured; `make bench` writes it. Exact counts are
tests too (`tests/concurrency/test_capacity.py`); times are measured here alone.

- {date}, commit {commit}
- {machine}
- load average (1, 5, 15 min): {before} at the beginning, {after} at the end
- one process at a time is measured, beside MiniStack, the simulators and the gateway

Times on a shared machine differ by some ten per cent from run to run. Two things that are compared take turns within
the run, and the median counts. Everything runs on loopback. On AWS each call to DynamoDB, KMS or Secrets Manager takes
some milliseconds longer, which is why calls are counted too.
"""


def write(path: Path, sections: Iterable[Section], facts: Mapping[str, str]) -> None:
    parts = [_HEAD.format(machine=machine(), date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), **facts)]
    parts += [as_markdown(section) for section in sections]
    path.write_text("\n".join(parts), "utf-8")


def as_markdown(section: Section) -> str:
    lines = [
        f"## {section.title}",
        "",
        f"`{section.command}`",
        "",
        "| what | budget | measured | |",
        "|---|---|---|---|",
    ]
    lines += [f"| {row.what} | {row.budget} | {row.measured} | {_verdict(row.holds)} |" for row in section.rows]
    return "\n".join([*lines, "", section.notes, ""])


def _verdict(holds: bool | None) -> str:
    return "" if holds is None else "holds" if holds else "**missed**"


def machine() -> str:
    """Describe the cores, processor, system and Python."""
    processor, cpus = platform.machine(), Path("/proc/cpuinfo")
    if cpus.exists():
        lines = [line.partition(":") for line in cpus.read_text("utf-8").splitlines()]
        processor = next((value.strip() for name, _, value in lines if name.strip() == "model name"), processor)
    return f"{os.cpu_count()} cores ({processor}), {platform.system()}, Python {sys.version.split()[0]}"
