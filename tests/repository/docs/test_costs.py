"""The costs in docs/operations.md: the sums are right, and what the template says of how many is what it has."""

import re

import pytest

from tests.support.aws.stack import ROOT, Stack
from tests.support.drivers.watched_metrics import all_alarm_metrics

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
FIXED, VARIABLE = "a month, without users", "a month, 1,000 users"
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


@pytest.mark.parametrize("table", [FIXED, VARIABLE])
def test_cost_lines_multiply_and_add_up(table: str) -> None:
    *lines, last = rows(table)
    assert len(lines) > 5
    for what, count, price, dollars, *_ in lines:
        unit = number(price.split()[0]) / (1_000_000 if price.endswith(" a million") else 1)
        assert number(count) * unit == pytest.approx(number(dollars), abs=0.0051), what
    assert sum(number(line[3]) for line in lines) == pytest.approx(number(last[3]), abs=0.001)


def test_fixed_costs_match_template_resources() -> None:
    stack = Stack.from_template()
    alarms = len(stack.resources_of_type("AWS::CloudWatch::Alarm"))
    queues = [name for name in stack.resources_of_type("AWS::SQS::Queue") if "DeadLetter" not in name]
    assert count_of(FIXED, f"metrics that the {alarms} alarms watch") == len(all_alarm_metrics(stack))
    assert count_of(FIXED, "calls with which Lambda polls three idle queues") == len(queues) * IDLE_POLLS_A_MONTH
    assert len(queues) == 3
    for what, kind in (
        ("KMS key", "AWS::KMS::Key"),
        ("secrets", "AWS::SecretsManager::Secret"),
        ("dashboard", "AWS::CloudWatch::Dashboard"),
    ):
        assert count_of(FIXED, what) == len(stack.resources_of_type(kind))


def test_webhook_write_units_match_measured_units() -> None:
    measured = (ROOT / "docs" / "performance.md").read_text("utf-8")
    [reads, writes] = set(re.findall(r"webhook, one source \| [^|]+ \| ([\d.]+) RCU \+ (\d+) WCU", measured)).pop()
    explained = {row[0]: row[4] for row in rows(VARIABLE)[:-1]}
    assert f"webhook {reads}," in explained["DynamoDB read units"]
    assert f"webhook {writes}," in explained["DynamoDB write units"]


def test_deploy_page_names_the_sums_of_the_cost_page() -> None:
    page = " ".join((ROOT / "docs" / "deploy.md").read_text("utf-8").split())
    fixed, variable = (round(number(rows(table)[-1][3])) for table in (FIXED, VARIABLE))
    assert f"About ${fixed} a month without users and ${variable} more for a thousand of them" in page
