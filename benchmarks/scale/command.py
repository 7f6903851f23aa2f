"""Run `python -m benchmarks scale`: play all days, or with --pages take the stored ones, and write the pages."""

import re
from pathlib import Path

from benchmarks.scale import cost_table, page, results
from benchmarks.scale.results import Days
from benchmarks.scale.units import Units

_SUMS = re.compile(r"About \$\d+ a month without users and \$\d+ more")


def run(*, pages_only: bool) -> None:
    """Play the days unless only the pages are wanted, and write every page."""
    units = Units.load()
    if not pages_only:
        results.save(page.kept_series(results.play_all(units, lambda line: print(line, flush=True))))
    for path, text in written(results.load(), units).items():
        path.write_text(text, "utf-8")
        print(f"written to {path.name}")


def written(days: Days, units: Units) -> dict[Path, str]:
    """Return the text of every page that the results determine."""
    pages = {page.DOCS / name: text for name, text in page.files(days, units, page.stored_check()).items()}
    bills = cost_table.bills(days, units)
    pages[cost_table.PAGE] = cost_table.write_into(cost_table.PAGE.read_text("utf-8"), cost_table.table(bills))
    sums = (
        f"About ${cost_table.fixed_dollars():.0f} a month without users and ${cost_table.total(bills[1000]):.0f} more"
    )
    deploy = page.DOCS / "deploy.md"
    pages[deploy] = _SUMS.sub(sums, deploy.read_text("utf-8"))
    return pages
