"""Write docs/scale.md and its charts from the results. The same results give the same bytes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.code import ROOT
from benchmarks.scale import live, live_page, svg
from benchmarks.scale.cost_table import bills, fixed_dollars, total
from benchmarks.scale.costs import poll_dollars
from benchmarks.scale.day import SERIES_S, Day, Spread
from benchmarks.scale.page_texts import HEAD, HOW, METHOD, WAITING
from benchmarks.scale.parameters import AFTER, BEFORE, DAY_S, HOUR
from benchmarks.scale.results import SIZES, Days, Variant
from benchmarks.scale.units import Units
from benchmarks.scale.walls import walls

DOCS = ROOT / "docs"
CHECK = Path(__file__).with_name("check.json")
_LARGEST = SIZES[-1]
_WAITING_SIZE = SIZES[1]
_STACKED = {
    "API": ["requests to the API"],
    "functions": ["calls of functions", "GB-seconds, arm64"],
    "DynamoDB": ["DynamoDB read units", "DynamoDB write units", "GB stored"],
    "SQS, KMS, secrets": ["calls of SQS", "KMS decryptions", "calls of Secrets Manager"],
    "logs": ["GB of logs"],
    "sent": ["GB sent"],
    "traces": ["traces"],
}
_COLUMNS: tuple[Variant, ...] = ("before", "after")


def files(days: Days, units: Units, check: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of every file by its name in docs/."""
    parts = [
        HEAD.format(**units.measured),
        _walls(days, units),
        _day(days),
        _waiting(days),
        _bill(days, units),
        live_page.section(days, units, live.load_units()),
        _checked(check),
        HOW,
        METHOD,
    ]
    return {"scale.md": "\n".join(parts), **_charts(days, units)}


def stored_check() -> dict[str, Any]:
    """Return the last comparison with a real run."""
    found: dict[str, Any] = json.loads(CHECK.read_text("utf-8"))
    return found


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines).replace("| --- |", "|---|").replace(" --- |", "---|")


def _walls(days: Days, units: Units) -> str:
    found = walls(days, units, _LARGEST)
    rows = [
        [wall.name, f"{wall.limit:,.0f}", f"{wall.peak:,.0f}", f"{_two_digits(wall.reached_at):,}", wall.moves]
        for wall in found
    ]
    head = ["limit", "of", f"peak at {_LARGEST:,}", "users who reach it", "what moves it"]
    first = (
        f"The first wall is {found[0].name}, at about {_two_digits(found[0].reached_at):,} users. A new AWS account "
        "has\nten concurrent executions only: raise that quota before the first user ([deploy.md](deploy.md))."
    )
    return f"## Which limit is reached first\n\n{first}\n\n{_table(head, rows)}\n"


def _day(days: Days) -> str:
    head = ["", *(f"{users:,} {variant}" for users in SIZES for variant in _COLUMNS)]
    shown = [days[variant, users] for users in SIZES for variant in _COLUMNS]
    lines: list[tuple[str, list[str]]] = [
        ("polls", [f"{day.counts['poll']:,.0f}" for day in shown]),
        ("webhooks", [f"{2 * day.users:,}" for day in shown]),
        ("refreshes", [f"{day.counts['refresh']:,.0f}" for day in shown]),
        ("status checks", [f"{day.counts['check']:,.0f}" for day in shown]),
        ("from webhook to pending: median", [_ms(day.pending.p50) for day in shown]),
        ("from webhook to pending: 99 %", [_ms(day.pending.p99) for day in shown]),
        ("from webhook to banner, page open: median", [_minutes(day.banner_open.p50) for day in shown]),
        ("from webhook to banner, page open: 95 %", [_minutes(day.banner_open.p95) for day in shown]),
        ("updates that find the page open", [f"{day.open_share:.0%}" for day in shown]),
        ("the others see it at their next visit: median", [f"{day.banner_closed.p50 / HOUR:.1f} h" for day in shown]),
        ("cold starts of webhooks", [_share(day, "webhook_plaid", "webhook_snaptrade") for day in shown]),
        ("cold starts of polls", [_share(day, "poll") for day in shown]),
        ("most environments started in 10 s", [f"{_started(day):.0f}" for day in shown]),
        ("most concurrent executions", [f"{day.peaks['concurrency']:.0f}" for day in shown]),
        ("longest queue of status checks", [f"{day.checks.longest_queue:,}" for day in shown]),
        ("longest wait in it", [_minutes(day.checks.longest_wait_s) for day in shown]),
        ("checks that the day leaves undone", [f"{day.checks.unfinished:,}" for day in shown]),
        ("the reconciler's run takes to send", [_minutes(day.checks.paging_s) for day in shown]),
    ]
    chart = "![Requests a second over the day, 1,000,000 users](scale-requests.svg)"
    table = _table(head, [[what, *cells] for what, cells in lines])
    return f"## The day\n\nWith limits that are raised far enough, so that nothing is refused:\n\n{table}\n\n{chart}\n"


def _waiting(days: Days) -> str:
    head = ["", *(f"{users:,}" for users in SIZES)]
    shown = [days["limited", users] for users in SIZES]
    rows = [
        ["requests that the API refuses: polls", *(f"{day.throttled['poll']:,}" for day in shown)],
        ["requests that the API refuses: refreshes", *(f"{day.throttled['refresh']:,}" for day in shown)],
        ["executions that Lambda refuses", *(f"{_refused_executions(day):,}" for day in shown)],
    ]
    for provider, name in (("snaptrade", "SnapTrade"), ("plaid", "Plaid")):
        waits = [day.waits[provider] for day in shown]
        rows += [
            [f"refreshes that wait for {name}", *(f"{one.users:,}" for one in waits)],
            ["— how long: median, 95 %", *(_both(one.waits) for one in waits)],
            ["— given up after ten attempts", *(f"{one.gave_up:,}" for one in waits)],
        ]
    rows.append(["repeated attempts", *(f"{day.counts['refresh_refused']:,.0f}" for day in shown)])
    chart = f"![SnapTrade calls a minute, {_WAITING_SIZE:,} users](scale-snaptrade.svg)"
    return f"## Who waits for a limit\n\n{WAITING}\n\n{_table(head, rows)}\n\n{chart}\n"


def _bill(days: Days, units: Units) -> str:
    fixed = fixed_dollars()
    found = {variant: bills(days, units, variant) for variant in _COLUMNS}
    head = ["$ a month", *(f"{users:,} {variant}" for users in SIZES for variant in _COLUMNS)]
    columns = [found[variant][users] for users in SIZES for variant in _COLUMNS]
    rows = [[lines[0].what, *(f"{line.dollars:,.2f}" for line in lines)] for lines in zip(*columns, strict=True)]
    sums = [total(lines) + fixed for lines in columns]
    sizes = [users for users in SIZES for _ in _COLUMNS]
    rows.append(["what costs without users", *(f"{fixed:,.2f}" for _ in columns)])
    rows.append(["**together**", *(f"{one:,.2f}" for one in sums)])
    per_user = [1000 * one / users for one, users in zip(sums, sizes, strict=True)]
    rows.append(["for each thousand users", *(f"{one:,.2f}" for one in per_user)])
    polls = {variant: poll_dollars(units.flows["poll"], one) for variant, one in (("before", BEFORE), ("after", AFTER))}
    lines = [[what, *(f"{polls[variant][what]:.2f}" for variant in _COLUMNS)] for what in polls["before"]]
    lines.append(["**together**", *(f"{sum(polls[variant].values()):.2f}" for variant in _COLUMNS)])
    chart = "![Dollars a month for each thousand users](scale-costs.svg)"
    poll_table = _table(["$ for a million polls", *_COLUMNS], lines)
    return f"## The bill\n\n{_table(head, rows)}\n\n{chart}\n\n{poll_table}\n"


def _checked(check: Mapping[str, Any]) -> str:
    rows = []
    for one in check["compared"]:
        simulated, real = one["simulated"], one["real"]
        shown = [f"{value:,.4g} {one['unit']}".strip() for value in (simulated, real)]
        rows.append([str(one["what"]), *shown, f"{simulated / real - 1:+.0%}"])
    text = (
        f"{check['users']} users on the local cloud in a compressed evening (`python -m benchmarks scale_check`).\n"
        "Each figure should be within 20 % of the real one:"
    )
    return f"## Checked against a real run\n\n{text}\n\n{_table(['', 'simulated', 'real', ''], rows)}\n"


def _charts(days: Days, units: Units) -> dict[str, str]:
    hours = DAY_S / HOUR
    series = days["after", _LARGEST].series
    webhooks = [sum(pair) for pair in zip(series["webhook_plaid"], series["webhook_snaptrade"], strict=True)]
    requests = {"polls": series["poll"], "webhooks": webhooks, "refreshes": series["refresh"]}
    limited = days["limited", _WAITING_SIZE].series
    calls = {"wanted": limited["snaptrade_wanted"], "made": limited["snaptrade_served"]}
    stacks = {}
    for users in SIZES:
        for variant in _COLUMNS:
            dollars = {line.what: 1000 * line.dollars / users for line in bills(days, units, variant)[users]}
            stacks[f"{users:,} {variant}"] = {
                name: sum(dollars[what] for what in whats) for name, whats in _STACKED.items()
            }
    draw = svg.draw_lines
    return {
        "scale-requests.svg": draw(f"Requests, {_LARGEST:,} users", "a second", requests, hours=hours),
        "scale-snaptrade.svg": draw(f"SnapTrade calls, {_WAITING_SIZE:,} users", "a minute", calls, hours=hours),
        "scale-costs.svg": svg.draw_stacks("What grows with the users", "$ a month for 1,000 users", stacks),
    }


def kept_series(days: Days) -> Days:
    """Drop the series that no chart shows."""
    shown = {
        ("after", _LARGEST): {"poll", "webhook_plaid", "webhook_snaptrade", "refresh"},
        ("limited", _WAITING_SIZE): {"snaptrade_wanted", "snaptrade_served"},
    }
    for key, day in days.items():
        day.series = {name: values for name, values in day.series.items() if name in shown.get(key, ())}
        assert all(len(values) == DAY_S // SERIES_S for values in day.series.values())
    return days


def _refused_executions(day: Day) -> int:
    return day.throttled["webhook_plaid"] + day.throttled["webhook_snaptrade"] + day.throttled["account"]


def _started(day: Day) -> float:
    return max(value for name, value in day.peaks.items() if name.endswith("_started_in_10s"))


def _share(day: Day, *flows: str) -> str:
    return f"{sum(day.cold[flow] for flow in flows) / sum(day.counts[flow] for flow in flows):.2%}"


def _both(waits: Spread) -> str:
    return f"{_minutes(waits.p50)}, {_minutes(waits.p95)}" if waits.longest else "—"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


def _minutes(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:,.1f} min" if seconds < HOUR else f"{seconds / HOUR:,.1f} h"


def _two_digits(value: float) -> int:
    return int(float(f"{value:.2g}"))
