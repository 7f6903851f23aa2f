"""Test that scheduled rules invoke functions at their rate and on demand."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from local.cloud import LocalCloud
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
        ("cron(0 18 ? * MON-FRI *)", None),
    ],
)
def test_schedule_parses_rates_and_leaves_cron_without_interval(expression: str, every_s: float | None) -> None:
    assert Schedule.parse("Rule", "Function", expression) == Schedule("Rule", "Function", every_s)


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
