"""Measure every performance budget in one run and write docs/performance.md (`make bench`).

`python -m benchmarks [SECTION ...]` measures only those sections and prints them. The section `scale` simulates larger
days from the measured units, and writes docs/scale.md with its charts and the costs in docs/operations.md.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import (
    answers,
    first_requests,
    flow_units,
    flows,
    forged,
    history_cost,
    live_units,
    live_updates,
    page_load,
    poll_cost,
    refreshes,
    report,
    scale_check,
    start_up,
    webhook_cpu,
)
from benchmarks.code import ROOT, Code, of_this_python
from benchmarks.comparison import measure as comparison
from benchmarks.report import Section
from benchmarks.scale import command
from benchmarks.stage import Stage, staged

_PAGE = ROOT / "docs" / "performance.md"
_SCALE = "scale"
_SECTIONS: Mapping[str, Callable[[Code, Stage], Section]] = {
    "start_up": start_up.measure,
    "first_requests": first_requests.measure,
    "comparison": comparison.measure,
    "flows": flows.measure,
    "webhook_cpu": webhook_cpu.measure,
    "forged": forged.measure,
    "refreshes": refreshes.measure,
    "answers": answers.measure,
    "history": history_cost.measure,
    "poll_cost": poll_cost.measure,
    "page_load": page_load.measure,
    "live_updates": live_updates.measure,
    "units": flow_units.measure,
    "live_units": live_units.measure,
    "scale_check": scale_check.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    names = [*_SECTIONS, _SCALE]
    parser.add_argument("sections", nargs="*", choices=[*names, []], metavar="SECTION", help=", ".join(names))
    parser.add_argument("--pages", action="store_true", help=f"{_SCALE}: write the pages from the stored results")
    options = parser.parse_args()
    sections = _measure([name for name in options.sections or names if name != _SCALE])
    if _SCALE in (options.sections or names):
        command.run(pages_only=options.pages)
    return 1 if any(row.holds is False for section in sections for row in section.rows) else 0


def _measure(names: list[str]) -> list[Section]:
    """Measure these sections, and write the page if they are all there are."""
    if not names:
        return []
    before = _load()
    sections = []
    with tempfile.TemporaryDirectory() as folder, staged() as stage:
        code = of_this_python(Path(folder) / "code")
        for name in names:
            sections.append(_SECTIONS[name](code, stage))
            print(report.as_markdown(sections[-1]), flush=True)
    if len(names) == len(_SECTIONS):
        report.write(_PAGE, sections, {"commit": _commit(), "before": before, "after": _load()})
        print(f"written to {_PAGE.relative_to(ROOT)}")
    return sections


def _load() -> str:
    return ", ".join(f"{load:.1f}" for load in os.getloadavg())


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
