"""`tidings events tail` prints each webhook once, as it arrives: from the table locally, from the logs on AWS."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.aws.aws_calls import aws_error, intercept_calls, stub_response
from tests.support.drivers.app import App
from tests.support.drivers.doctor_findings import with_resource
from tests.support.drivers.operator import Operator
from tests.support.fakes.product_modules import replace_in_product
from tidings_cli.log_suppression import suppress_logs


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens in the pauses between two reads; then Ctrl-C."""
    steps: list[Callable[[], object]] = []

    def pause(_seconds: float) -> None:
        if not steps:
            raise KeyboardInterrupt
        with suppress_logs():
            steps.pop(0)()

    replace_in_product(monkeypatch, time, sleep=pause)
    return steps


def test_tail_prints_local_events_from_now_on_once(
    operator: Operator, app: App, meanwhile: list[Callable[[], object]]
) -> None:
    alice = app.link_and_refresh(app.sign_in(), "plaid")
    app.trade(alice)
    operator.deployment = replace(operator.deployment, name="local")
    meanwhile += [lambda: app.trade(alice), lambda: None, lambda: app.link(app.sign_in("bob"), "snaptrade")]
    said = operator.run("events", "tail")
    assert (said.code, said.err) == (0, "")
    lines = [line.split() for line in said.out.splitlines()]
    assert [line[2:5] for line in lines] == [
        ["plaid", "HOLDINGS:DEFAULT_UPDATE", "marked"],
        ["snaptrade", "CONNECTION_ADDED", "marked"],
    ]
    assert all(line[1].endswith("Z") for line in lines)


def test_tail_ends_after_limit_and_filters_by_provider(
    operator: Operator, app: App, meanwhile: list[Callable[[], object]]
) -> None:
    alice = app.link_and_refresh(app.sign_in(), "plaid")
    operator.deployment = replace(operator.deployment, name="local")
    meanwhile += [lambda: app.link(app.sign_in("bob"), "snaptrade"), *[lambda: app.trade(alice)] * 3]
    said = operator.run("events", "tail", "--provider", "plaid", "--limit", "2", "--json")
    assert [json.loads(line)["provider"] for line in said.out.splitlines()] == ["plaid", "plaid"]
    assert len(meanwhile) == 1


def _line(number: int, at: int) -> dict[str, Any]:
    fields = {"message": "webhook", "provider": "plaid", "kind": "ITEM:ERROR", "outcome": "status", "event_id": "e1"}
    return {"eventId": f"log-{number}", "timestamp": at, "message": json.dumps(fields)}


def test_tail_of_stack_reads_the_functions_logs(operator: Operator, meanwhile: list[Callable[[], object]]) -> None:
    operator.deployment = with_resource(
        operator.deployment, "WebhookPlaidLogs", "AWS::Logs::LogGroup", "tidings-webhook-plaid"
    )
    asked: list[dict[str, Any]] = []

    def note(model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        asked.append(json.loads(params["body"]))

    future = 4_102_444_800_000
    found = {"events": [_line(2, future + 1), _line(1, future)]}
    meanwhile += [lambda: None]
    with (
        intercept_calls(note, "logs"),
        intercept_calls(stub_response("FilterLogEvents", found), "logs"),
    ):
        said = operator.run("events", "tail", "--json")
    assert (said.code, said.err) == (0, "")
    told = [json.loads(line) for line in said.out.splitlines()]
    assert [one["received_at"] for one in told] == ["2100-01-01T00:00:00.000Z", "2100-01-01T00:00:00.001Z"]
    assert (told[0]["kind"], told[0]["event_id"]) == ("ITEM:ERROR", "e1")
    assert [one["logGroupName"] for one in asked] == ["tidings-webhook-plaid"] * 2
    assert asked[0]["filterPattern"] == '{ $.message = "webhook" }'


def test_tail_without_permission_or_log_groups_is_one_line(operator: Operator) -> None:
    assert operator.run("events", "tail").err.startswith("Error: The stack has no log groups of webhooks.")
    operator.deployment = with_resource(operator.deployment, "WebhookPlaidLogs", "AWS::Logs::LogGroup", "logs")
    with intercept_calls(stub_response("FilterLogEvents", aws_error("AccessDeniedException")), "logs"):
        denied = operator.run("events", "tail")
    assert (denied.code, denied.err.count("\n")) == (1, 1)
    assert denied.err.startswith("Error: AWS denied access")
