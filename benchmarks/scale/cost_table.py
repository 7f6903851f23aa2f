"""Write the bill's table for three sizes into docs/operations.md."""

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.code import ROOT
from benchmarks.scale.costs import MILLION, Line, monthly_lines
from benchmarks.scale.parameters import CURRENT
from benchmarks.scale.results import SIZES, VARIANTS, Days, Variant
from benchmarks.scale.units import Units

PAGE = ROOT / "docs" / "operations.md"
HEADING = "a month"
_FIXED = re.compile(r"\| a month, without users \|.*?\| \*\*together\*\* \| \| \| ([\d.]+) \|", re.DOTALL)


def bills(days: Days, units: Units, variant: Variant | None = None) -> dict[int, list[Line]]:
    """Return each size's lines, by default of what the checked-out code does."""
    chosen: Variant = variant or ("before" if CURRENT.name == "before" else "after")
    return {users: monthly_lines(days[chosen, users], units, VARIANTS[chosen][0]) for users in SIZES}


def total(lines: Sequence[Line]) -> float:
    return sum(line.dollars for line in lines)


def fixed_dollars(page: Path = PAGE) -> float:
    """Return the sum of the page's table of what costs without users."""
    found = _FIXED.search(page.read_text("utf-8"))
    if found is None:
        raise ValueError(f"{page} has no table of fixed costs")
    return float(found[1])


def table(found: dict[int, list[Line]]) -> str:
    """Return the table as Markdown."""
    head = [HEADING, "list price, $", *(cell for users in found for cell in (f"{users:,} users", "$")), "calculation"]
    rows = [head, ["---"] * len(head)]
    for lines in zip(*found.values(), strict=True):
        price = f"{lines[0].price:g}" + (" a million" if lines[0].per == MILLION else "")
        cells = [cell for line in lines for cell in (_amount(line.count), f"{line.dollars:,.2f}")]
        rows.append([lines[0].what, price, *cells, lines[0].calculation])
    fixed = fixed_dollars()
    sums = [total(lines) for lines in found.values()]
    rows.append(["**together**", "", *(cell for one in sums for cell in ("", f"{one:,.2f}")), ""])
    rows.append(
        ["with what costs without users", "", *(cell for one in sums for cell in ("", f"{one + fixed:,.2f}")), ""]
    )
    per_user = [1000 * (one + fixed) / users for users, one in zip(found, sums, strict=True)]
    rows.append(["per thousand users", "", *(cell for one in per_user for cell in ("", f"{one:,.2f}")), ""])
    return "\n".join(f"| {' | '.join(row)} |" if row[0] != "---" else f"|{'|'.join(row)}|" for row in rows) + "\n"


def write_into(page: str, written: str) -> str:
    """Return the page with the table in place of its present one. Raises ValueError if there is none."""
    begin = page.index(f"| {HEADING} | list price")
    return page[:begin] + written + page[page.index("\n\n", begin) + 1 :]


def _amount(count: float) -> str:
    return f"{count:,.0f}" if count >= 100 else f"{count:,.1f}"
