"""`tidings smoke`: a deployment as it should be, and each fault that only its use from outside shows."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.simulators.serving import running
from tests.support.aws.aws_calls import intercept_calls, stub_response
from tests.support.aws.deployment_secrets import CONFIGURED, put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.doctor_findings import with_resource
from tests.support.drivers.operator import CommandOutput, Operator
from tests.support.drivers.public_endpoints import ObservedDeployment
from tidings_cli.deployment import Deployment
from tidings_cli.doctor import http_probe
from tidings_cli.smoke import cold_start


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_start, "_PAUSE_S", 0)


def problems(said: CommandOutput) -> list[tuple[str, str]]:
    return [(one["check"], one["says"]) for one in said.json["findings"] if one["level"] == "problem"]


def of_check(said: CommandOutput, check: str) -> list[tuple[str, str]]:
    return [(one["level"], one["says"]) for one in said.json["findings"] if one["check"] == check]


@pytest.fixture
def logged(operator: Operator, stack: Deployment) -> Iterator[list[Mapping[str, Any]]]:
    """What the log of a webhook function contains."""
    operator.deployment = with_resource(stack, "WebhookSnapTradeLogs", "AWS::Logs::LogGroup", "logs")
    lines: list[Mapping[str, Any]] = []

    def respond(model: Any, **_: object) -> Any:  # noqa: ANN401
        events = [{"timestamp": 1, "message": json.dumps(line)} for line in lines]
        return stub_response("FilterLogEvents", {"events": [{"timestamp": 1, "message": "no JSON"}, *events]})(model)

    quota = {"AccountLimit": {"ConcurrentExecutions": 1000}}
    with intercept_calls(respond, "logs"), intercept_calls(stub_response("GetAccountSettings", quota), "lambda"):
        yield lines


def start(ms: float) -> Mapping[str, Any]:
    return {"type": "platform.report", "record": {"metrics": {"durationMs": 9000, "initDurationMs": ms}}}


def test_smoke_of_sound_deployment_is_one_line(
    operator: Operator, app: App, tables: Tables, logged: list[Mapping[str, Any]]
) -> None:
    logged += [start(300), start(400), {"type": "platform.report", "record": {"metrics": {"durationMs": 9000}}}]
    said = operator.run("smoke")
    assert (said.code, said.err) == (0, "")
    assert len(said.out.splitlines()) == 1, said.out
    assert said.out.startswith("smoke of tidings: ")
    assert said.out.endswith(" ok, 0 warnings, 0 problems, 0 not checked.\n")
    assert of_check(operator.run("smoke", "--json"), "cold start") == [
        ("ok", "a function took at most 400 ms to start")
    ]
    left = {name for name, rows in tables.contents().items() if rows}
    assert left == {"WebhookEventsTable"}
    secrets = [value for values in CONFIGURED.values() for name, value in values.items() if name != "client_id"]
    assert not [one for one in secrets if one in said.out]


@pytest.mark.usefixtures("logged")
def test_smoke_without_cold_start_says_so(operator: Operator) -> None:
    said = operator.run("smoke")
    assert said.code == 0
    skipped, summary = said.out.splitlines()
    assert skipped.startswith("skipped  cold start   cold start: none is logged")
    assert summary.endswith("1 not checked.")


def test_slow_start_is_a_problem(operator: Operator, logged: list[Mapping[str, Any]]) -> None:
    logged.append(start(401))
    said = operator.run("smoke", "--max-init-ms", "400", "--json")
    assert said.code == 1
    assert problems(said) == [("cold start", "a function took 401 ms to start, more than 400")]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/snaptrade", 502, "the response to a signed webhook is 502 "),
        ("/snaptrade", 200, "the response to a forged webhook is 200 instead of 403"),
        ("/plaid", 403, "plaid: the response to a webhook that is too large is 403, not 413"),
        ("/pending-updates", 401, "the response to a signed-in user's poll is 401 instead of 200"),
        ("/pending-updates", 200, "the response to a poll with a revoked session is 200 instead of 401"),
    ],
)
@pytest.mark.usefixtures("logged")
def test_wrong_response_is_a_problem(
    operator: Operator, healthy_world: ObservedDeployment, path: str, status: int, says: str
) -> None:
    healthy_world.statuses[path] = status
    said = operator.run("smoke", "--json")
    assert said.code == 1
    assert says in [one for _, one in problems(said)]


@pytest.mark.usefixtures("logged")
def test_smoke_needs_no_provider(operator: Operator, app: App) -> None:
    """No check calls a provider, so made-up keys suffice; without a key the signed webhooks are left out."""
    put_secret("plaid", {})
    app.providers.snaptrade("faults", path="/", kind="close")
    assert problems(operator.run("smoke", "--json")) == []
    assert app.providers.snaptrade_simulator.controls.calls.to_json() == []
    put_secret("snaptrade", {})
    said = operator.run("smoke", "--json")
    assert [level for level, _ in of_check(said, "webhooks")] == ["skipped", "skipped", "ok", "ok"]
    assert problems(said) == [("secrets", "no provider is configured")]


def test_probe_connects_to_named_server() -> None:
    async def echo(request: Request) -> JSONResponse:
        return JSONResponse({"host": request.headers["host"], "path": request.url.path})

    with running(Starlette(routes=[Route("/{path:path}", echo)])) as url, http_probe.connect_to(url):
        response = http_probe.send("GET", "https://abc.lambda-url.us-east-1.on.aws/some/path")
    assert json.loads(response.body) == {"host": "abc.lambda-url.us-east-1.on.aws", "path": "/some/path"}


def test_smoke_of_local_cloud_skips_cold_start(operator: Operator, stack: Deployment) -> None:
    operator.deployment = replace(stack, name="local")
    [(level, says)] = of_check(operator.run("smoke", "--json"), "cold start")
    assert (level, "Lambda does not run on this machine" in says) == ("skipped", True)
    assert os.environ.get("AWS_PROFILE") is None
