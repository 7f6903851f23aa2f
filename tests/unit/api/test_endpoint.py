"""A handler answers whatever its flow does, within its time and with its request's id in the log."""

import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext, gateway_event
from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings.api.endpoint import endpoint
from tidings.api.request import Request
from tidings.api.response import Response, json_response
from tidings.concurrency import remaining_s
from tidings.errors import BadRequest, NotFound
from tidings.observability import LineLimit, log_info

EVENT = gateway_event("GET /holdings")


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output:
        yield output


def fail_with(error: Exception) -> Any:  # noqa: ANN401 - a flow
    def flow(_: Request) -> Response:
        raise error

    return flow


def test_flow_answers_its_request_within_the_limit(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidings.concurrency.time", SimpleNamespace(monotonic=lambda: 100.0))

    def flow(request: Request) -> Response:
        log_info("answered")
        return json_response(200, {"route": request.route, "seconds": remaining_s()})

    sent = endpoint(flow, 8)(EVENT, LambdaContext("one"))
    assert json.loads(sent["body"]) == {"route": "GET /holdings", "seconds": 8}
    assert output.lines[0]["request_id"] == "one"


def test_known_error_is_its_problem_and_counted(output: Output) -> None:
    sent = endpoint(fail_with(NotFound("No such thing.")), 8)(EVENT, LambdaContext("one"))
    assert (sent["statusCode"], json.loads(sent["body"])["detail"]) == (404, "No such thing.")
    assert output.metric_sum("Refused", problem="not-found") == 1
    assert output.lines_with_message("refused")[0]["request_id"] == "one"


def test_unexpected_error_is_logged_and_told_without_its_text(output: Output) -> None:
    sent = endpoint(fail_with(RuntimeError("a secret")), 8)(EVENT, LambdaContext())
    assert (sent["statusCode"], json.loads(sent["body"])["type"]) == (500, "urn:tidings:problem:internal")
    assert output.metric_sum("Failed") == 1
    assert "a secret" not in output.text + sent["body"]


def test_request_that_cannot_be_parsed_is_refused(output: Output) -> None:
    handler = endpoint(lambda _: json_response(200), 8)
    assert handler({"body": "*", "isBase64Encoded": True}, LambdaContext())["statusCode"] == 400


def test_flood_of_refusals_is_limited_to_a_line(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
    handler = endpoint(fail_with(BadRequest()), 8, LineLimit())
    assert [handler(EVENT, LambdaContext())["statusCode"] for _ in range(3)] == [400, 400, 400]
    assert len(output.lines_with_message("refused")) == 1
