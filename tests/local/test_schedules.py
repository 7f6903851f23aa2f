"""Scheduled rules call their functions as EventBridge does, and when they are told to."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from local.cloud import LocalCloud
from local.gateway.environments import InvocationError
from local.gateway.schedule import ScheduledRule
from local.gateway.specification import Schedule


class Called:
    """Stands for a function's service; the first call fails."""

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
def test_a_rate_is_read_and_a_cron_expression_left_to_the_hand(expression: str, every_s: float | None) -> None:
    assert Schedule.parse("Rule", "Function", expression) == Schedule("Rule", "Function", every_s)


def test_a_rule_calls_again_and_again_whatever_becomes_of_a_call() -> None:
    called = Called()

    async def life() -> None:
        rule = ScheduledRule(Schedule("EchoFunctionHourly", "EchoFunction", 0.02), called)  # type: ignore[arg-type]
        rule.start()
        while len(called.events) < 3:
            await asyncio.sleep(0.01)
        rule.stop()
        ended_at = len(called.events)
        await asyncio.sleep(0.1)
        assert len(called.events) == ended_at

    asyncio.run(asyncio.wait_for(life(), 120))
    event = called.events[0]
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert event["resources"] == ["arn:aws:events:us-east-1:000000000000:rule/EchoFunctionHourly"]


def test_a_rule_of_the_template_is_run_on_demand(front: httpx.Client, cloud: LocalCloud) -> None:
    assert front.post("/_local/schedules/EchoFunctionHourly/run").status_code == 204
    missing = front.post("/_local/schedules/Nothing/run")
    assert (missing.status_code, "EchoFunctionHourly" in missing.text) == (404, True)
