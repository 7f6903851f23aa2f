"""Write the section of docs/scale.md that compares live updates with polling alone."""

from collections.abc import Mapping, Sequence

from benchmarks.scale.cost_table import bills, fixed_dollars, total
from benchmarks.scale.live import LiveDay, LiveUnits, monthly_dollars
from benchmarks.scale.page_texts import LIVE, LIVE_COUNTS
from benchmarks.scale.parameters import AFTER, Workload
from benchmarks.scale.results import SIZES, Days
from benchmarks.scale.units import Units


def section(days: Days, units: Units, live: LiveUnits) -> str:
    """Return the section as Markdown."""
    found = [LiveDay.from_day(days["after", users], Workload(users)) for users in SIZES]
    lines = [monthly_dollars(day, units, live, AFTER) for day in found]
    tables = f"{_counts(days, found)}\n\n{LIVE_COUNTS}\n\n{_dollars(days, units, lines)}"
    return f"## Live updates\n\n{LIVE}\n\n{tables}\n"


def _counts(days: Days, found: Sequence[LiveDay]) -> str:
    waits = [days["after", day.users].banner_open for day in found]
    per_hour = [_pair(f"{day.polls_before:.1f}", f"{day.polls_after:.1f}") for day in found]
    in_a_day = [_pair(f"{day.polled:,.0f}", f"{day.polls:,.0f}") for day in found]
    seen = [_pair(f"{one.p50 / 60:.1f} min, {one.p99 / 60:.1f} min", "about 1 s") for one in waits]
    rows = [
        ("polls in an hour that a page is open", per_hour),
        ("polls of open pages in a day", in_a_day),
        ("from webhook to banner, page open: median, 99 %", seen),
        ("tickets and connections in a day", [f"{day.connections:,.0f}" for day in found]),
        ("changes announced in a day", [f"{day.changes:,.0f}" for day in found]),
        ("nudges delivered in a day", [f"{day.delivered:,.0f}" for day in found]),
    ]
    return _table(["polling alone → live updates", *(f"{users:,}" for users in SIZES)], rows)


def _dollars(days: Days, units: Units, lines: Sequence[Mapping[str, float]]) -> str:
    rows = [(what, [f"{line[what]:+,.2f}" for line in lines]) for what in lines[0]]
    more = [sum(line.values()) for line in lines]
    rows.append(("**together**", [f"{one:+,.2f}" for one in more]))
    fixed = fixed_dollars()
    before = [total(bill) + fixed for bill in bills(days, units, "after").values()]
    both = [
        _pair(f"{1000 * bill / users:,.2f}", f"{1000 * (bill + one) / users:,.2f}")
        for users, bill, one in zip(SIZES, before, more, strict=True)
    ]
    rows.append(("the whole bill for each thousand users", both))
    return _table(["$ a month, more or less than polling alone", *(f"{users:,}" for users in SIZES)], rows)


def _pair(before: str, after: str) -> str:
    return f"{before} → {after}"


def _table(head: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {what} | {' | '.join(cells)} |" for what, cells in rows)])
