"""The costs in docs/operations.md and the pages of the simulation: sums, counts in the template, stored results."""

import json
from functools import cache

import pytest

from benchmarks import poll_cost
from benchmarks.scale import command, cost_table
from benchmarks.scale.live import LiveDay, load_units, monthly_dollars
from benchmarks.scale.page import CHECK
from benchmarks.scale.parameters import AFTER, CURRENT, Limits, Workload
from benchmarks.scale.results import VARIANTS, Days, Variant, load, play
from benchmarks.scale.units import Units
from benchmarks.scale_check import TOLERANCE, Compared
from tests.support.aws.generations import deployed_resources
from tests.support.aws.stack import ROOT, Stack
from tests.support.drivers.watched_metrics import alarm_metrics
from tidings import providers
from tidings.model import ProviderName
from tidings.reconcile import handler

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
FIXED = "a month, without users"
IDLE_POLLS_A_MONTH = 5 * 3 * 60 * 24 * 30
"""Of a queue: five readers that wait 20 s each."""


def rows(table: str) -> list[list[str]]:
    """The rows of the table whose first heading this is."""
    text = PAGE.split(f"| {table} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def number(text: str) -> float:
    return float(text.replace(",", ""))


def count_of(table: str, what: str) -> float:
    [count] = [number(row[1]) for row in rows(table) if row[0].startswith(what)]
    return count


def test_cost_lines_multiply_and_add_up() -> None:
    *lines, last = rows(FIXED)
    assert len(lines) > 5
    for what, count, price, dollars, *_ in lines:
        unit = number(price.split()[0]) / (1_000_000 if price.endswith(" a million") else 1)
        assert number(count) * unit == pytest.approx(number(dollars), abs=0.0051), what
    assert sum(number(line[3]) for line in lines) == pytest.approx(number(last[3]), abs=0.001)


def test_fixed_costs_match_template_resources() -> None:
    stack = Stack.from_template()
    deployed = deployed_resources(stack)

    def of_type(kind: str) -> list[str]:
        return [name for name in stack.resources_of_type(kind) if name in deployed]

    alarms = [stack.resolve(deployed[name]["Properties"]) for name in of_type("AWS::CloudWatch::Alarm")]
    queues = [name for name in of_type("AWS::SQS::Queue") if "DeadLetter" not in name]
    watched = sum(len(alarm_metrics(alarm)) for alarm in alarms)
    assert count_of(FIXED, f"metrics that the {len(alarms)} alarms watch") == watched
    assert count_of(FIXED, "calls with which Lambda polls three idle queues") == len(queues) * IDLE_POLLS_A_MONTH
    assert len(queues) == 3
    for what, kind in (
        ("KMS key", "AWS::KMS::Key"),
        ("secrets", "AWS::SecretsManager::Secret"),
        ("dashboard", "AWS::CloudWatch::Dashboard"),
    ):
        assert count_of(FIXED, what) == len(of_type(kind))


@cache
def results() -> tuple[Days, Units]:
    return load(), Units.load()


def test_pages_match_the_stored_simulation() -> None:
    for path, text in command.written(*results()).items():
        assert path.read_text("utf-8") == text, f"{path.name}: run `python -m benchmarks scale --pages`"


def test_pages_state_what_live_updates_change() -> None:
    days, units = results()
    day = LiveDay.from_day(days["after", 1000], Workload(1000))
    dollars = sum(monthly_dollars(day, units, load_units(), AFTER).values())
    assert f"about ${dollars:.2f} more a month for a thousand users" in PAGE.replace("\n", " ")
    page = (ROOT / "docs" / "live-updates.md").read_text("utf-8")
    assert f"about ${dollars:.2f} more a month for a thousand users" in page.replace("\n", " ")
    assert f"polls {day.polls_after:.1f} times in an hour instead of {day.polls_before:.0f} times" in page


def test_smallest_day_played_again_gives_the_stored_counts() -> None:
    days, units = results()
    for variant in VARIANTS:
        again, stored = play(variant, 1000, units), days[variant, 1000]
        assert again.counts == pytest.approx(stored.counts, rel=0.02)
        assert again.gb_seconds == pytest.approx(stored.gb_seconds, rel=0.02)


@pytest.mark.parametrize("variant", ["before", "after"])
def test_cost_per_user_falls_with_the_size(variant: Variant) -> None:
    fixed = cost_table.fixed_dollars()
    per_user = [
        (fixed + cost_table.total(bill)) / users for users, bill in cost_table.bills(*results(), variant).items()
    ]
    assert per_user == sorted(per_user, reverse=True)
    assert len(set(per_user)) == len(per_user)


def test_simulation_matches_the_real_run_within_its_tolerance() -> None:
    compared = [Compared(**one) for one in json.loads(CHECK.read_text("utf-8"))["compared"]]
    counted = [one for one in compared if one.unit != "ms"]  # `make bench` judges what depends on the machine's speed
    assert [one for one in counted if abs(one.difference) > TOLERANCE] == []
    assert len(counted) == len(compared) - 1 == 6


def test_simulation_has_the_limits_of_the_code_and_the_template() -> None:
    limits, template = Limits(), Stack.from_template()
    assert limits.route_rate == template.template["Parameters"]["ApiRequestsPerSecond"]["Default"]
    assert limits.route_burst == template.template["Parameters"]["ApiBurst"]["Default"]
    allowed: dict[ProviderName, tuple[int, int]] = {
        "plaid": (limits.plaid_per_minute, limits.plaid_checks_per_minute),
        "snaptrade": (limits.snaptrade_per_minute, limits.snaptrade_checks_per_minute),
    }
    for provider, (calls, checks) in allowed.items():
        reader = providers.status_reader(provider)
        assert calls == providers.holdings_reader(provider).CALLS_PER_MINUTE
        assert checks == reader.CALLS_PER_MINUTE * handler.SHARE_PERCENT // 100 // reader.CALLS_PER_CHECK


def test_simulated_access_log_line_is_as_long_as_the_templates() -> None:
    assert poll_cost.access_log_bytes() == CURRENT.access_log_bytes
