"""Test that scheduled rules invoke functions at their rate and on demand."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from local.cloud import LocalCloud
from local.errors import LocalCloudError
from local.gateway.cron import Cron
from local.gateway.environments import InvocationError
from local.gateway.schedule import ScheduledRule
from local.gateway.specification import Schedule


class FailingOnceService:
    """A function service whose first invocation fails."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    async def invoke(self, event: bytes) -> bytes:
        self.events.append(json.loads(event))
        if len(self.events) == 1:
            raise InvocationError("the function crashed")
        return b"null"


@pytest.mark.parametrize(
    ("expression", "every_s"),
    [
        ("rate(1 minute)", 60),
        ("rate(15 minutes)", 900),
        ("rate(2 hours)", 7200),
        ("rate(1 day)", 86400),
    ],
)
def test_schedule_parses_rates(expression: str, every_s: float) -> None:
    assert Schedule.parse("Rule", "Function", expression) == Schedule("Rule", "Function", every_s)


@pytest.mark.parametrize("state", ["ENABLED", "DISABLED"])
def test_schedule_parses_cron_and_state(state: str) -> None:
    expression = "cron(0 18 ? * MON-FRI *)"
    parsed = Schedule.parse("Rule", "Function", expression, state)
    assert parsed == Schedule("Rule", "Function", None, expression, state == "ENABLED")


@pytest.mark.parametrize(
    ("expression", "after", "following"),
    [
        ("cron(0 14-21 ? * MON-FRI *)", "2026-04-02T13:59:59", "2026-04-02T14:00"),
        ("cron(0 14-21 ? * MON-FRI *)", "2026-04-02T14:00:00", "2026-04-02T15:00"),
        ("cron(0 14-21 ? * MON-FRI *)", "2026-04-03T21:00:00", "2026-04-06T14:00"),  # Friday to Monday
        ("cron(0 14-21 ? * 2-6 *)", "2026-04-03T21:00:00", "2026-04-06T14:00"),
        ("cron(0/20 8,20 * * ? *)", "2026-04-02T08:25:00", "2026-04-02T08:40"),
        ("cron(0/20 8,20 * * ? *)", "2026-04-02T08:40:00", "2026-04-02T20:00"),
        ("cron(30 6 ? * SUN *)", "2026-04-02T00:00:00", "2026-04-05T06:30"),
        ("cron(15 10 1 JAN,JUL ? *)", "2026-04-02T00:00:00", "2026-07-01T10:15"),
        ("cron(0 0 29 2 ? *)", "2026-04-02T00:00:00", "2028-02-29T00:00"),
        ("cron(0-10/5 0 * * ? 2027)", "2026-04-02T00:00:00", "2027-01-01T00:00"),
        ("cron(0 0 30 2 ? *)", "2026-04-02T00:00:00", None),
    ],
)
def test_cron_finds_next_minute(expression: str, after: str, following: str | None) -> None:
    found = Cron.parse(expression).next_after(datetime.fromisoformat(f"{after}+00:00"))
    assert (found and found.strftime("%Y-%m-%dT%H:%M")) == following


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 18 * * ?)",
        "cron(60 18 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 ? * 6#3 *)",
        "cron(0 0 ? * MON-XYZ *)",
        "rate(1 fortnight)",
        "",
    ],
)
def test_schedule_that_cannot_be_evaluated_is_rejected(expression: str) -> None:
    with pytest.raises(LocalCloudError):
        Schedule.parse("Rule", "Function", expression)


@pytest.mark.parametrize(
    ("schedule", "pause_s"),
    [
        (Schedule("Rule", "Function", 900), 900),
        (Schedule("Rule", "Function", None, "cron(0 14-21 ? * MON-FRI *)"), 90 * 60 - 1),
        (Schedule("Rule", "Function", None, "cron(0 0 30 2 ? *)"), None),
    ],
)
def test_rule_waits_for_its_next_run(schedule: Schedule, pause_s: float | None) -> None:
    rule = ScheduledRule(schedule, FailingOnceService())  # type: ignore[arg-type]
    assert rule.pause_s(datetime(2026, 4, 2, 12, 30, 1, tzinfo=UTC)) == pause_s


def test_disabled_rule_runs_only_on_demand() -> None:
    service = FailingOnceService()

    async def run_rule() -> None:
        rule = ScheduledRule(Schedule("Rule", "Function", 0.001, is_enabled=False), service)  # type: ignore[arg-type]
        rule.start()
        await asyncio.sleep(0.05)
        assert service.events == []
        with pytest.raises(InvocationError):
            await rule.run()
        rule.stop()

    asyncio.run(run_rule())


def test_rule_keeps_calling_after_a_failed_call() -> None:
    service = FailingOnceService()

    async def run_rule() -> None:
        rule = ScheduledRule(Schedule("EchoFunctionHourly", "EchoFunction", 0.02), service)  # type: ignore[arg-type]
        rule.start()
        while len(service.events) < 3:
            await asyncio.sleep(0.01)
        rule.stop()
        stopped_at = len(service.events)
        await asyncio.sleep(0.1)
        assert len(service.events) == stopped_at

    asyncio.run(asyncio.wait_for(run_rule(), 120))
    event = service.events[0]
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert event["resources"] == ["arn:aws:events:us-east-1:000000000000:rule/EchoFunctionHourly"]


def test_schedule_runs_on_demand(front: httpx.Client, cloud: LocalCloud) -> None:
    assert front.post("/_local/schedules/EchoFunctionHourly/run").status_code == 204
    missing = front.post("/_local/schedules/Nothing/run")
    assert (missing.status_code, "EchoFunctionHourly" in missing.text) == (404, True)
