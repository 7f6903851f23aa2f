"""What is counted, by which dimensions, and what a failure's line says."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings.errors import BadRequest, InvalidToken, NotFound, StoreUnavailable, TidingsError
from tidings.observability import (
    LineLimit,
    emit_count,
    emit_zero,
    invocation,
    is_function,
    log_error_response,
    log_exception,
    log_info,
    log_warning,
    logger,
)


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output:
        yield output


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of the operator's command, which is no function of a stack."""
    monkeypatch.delenv("METRICS_STACK")


def dimensions(line: Any) -> list[set[str]]:  # noqa: ANN401 - JSON
    return [set(names) for names in line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]]


def test_metric_is_counted_by_service_and_dimension(output: Output) -> None:
    emit_count("Refreshed", 3, provider="plaid")
    [line] = output.lines
    assert (line["Refreshed"], line["service"], line["provider"]) == ([3.0], "tests", "plaid")
    assert dimensions(line) == [{"service", "provider"}]
    [metric] = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    assert (metric["Name"], metric["Unit"]) == ("Refreshed", "Count")


def test_metric_counts_one_unless_said_otherwise(output: Output) -> None:
    emit_count("ItemLost")
    assert output.metric_sum("ItemLost") == 1
    assert dimensions(output.lines[0]) == [{"service"}]


def test_metric_of_the_stack_is_counted_by_it_too(output: Output) -> None:
    emit_count("Failed", by_stack=True, kind="a")
    [line] = output.lines
    assert dimensions(line) == [{"service", "kind"}, {"stack"}]
    assert line["stack"] == "tidings-local"


@pytest.mark.usefixtures("operator")
def test_operators_command_counts_for_no_stack(output: Output) -> None:
    emit_count("Failed", by_stack=True)
    assert dimensions(output.lines[0]) == [{"service"}]
    emit_zero("Failed", "webhook-plaid")
    assert (len(output.lines), is_function()) == (1, False)


def test_zero_is_written_into_another_functions_series(output: Output) -> None:
    emit_zero("WebhookStale", "webhook-plaid", provider="plaid")
    [line] = output.lines
    assert (line["WebhookStale"], line["service"]) == ([0.0], "tidings-local-webhook-plaid")
    assert dimensions(line) == [{"service", "provider"}]
    assert is_function() is True


class ClosedOutput:
    def write(self, _: str) -> None:
        raise OSError("closed")


def is_log_free() -> bool:
    """Whether another thread can write."""
    lock: Any = logger.registered_handler.lock
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: lock.acquire(blocking=False) and lock.release() is None).result()


def test_other_threads_can_write_after_a_metric(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    emit_count("Refreshed")
    assert is_log_free()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", ClosedOutput())
        with pytest.raises(OSError, match="closed"):
            emit_count("Refreshed")
    assert is_log_free(), "even if the metric could not be written"


def test_warning_has_its_fields_and_the_line_that_wrote_it(output: Output) -> None:
    log_warning("careful", message_id="a")
    [line] = output.lines
    assert (line["level"], line["message"], line["message_id"]) == ("WARNING", "careful", "a")
    assert line["location"].startswith("test_warning_has_its_fields_and_the_line_that_wrote_it:")


@pytest.mark.parametrize(
    ("error", "level"), [(BadRequest(), "INFO"), (TidingsError(), "ERROR"), (StoreUnavailable(), "ERROR")]
)
def test_error_response_is_logged_by_its_status(error: TidingsError, level: str, output: Output) -> None:
    log_error_response(error)
    line = output.lines_with_message("refused")[0]
    assert (line["level"], line["status"], line["problem"]) == (level, error.status, error.slug)
    assert not {"reason", "cause", "aws_error", "suppressed"} & set(line)
    assert output.metric_sum("Refused", problem=error.slug) == 1


def test_error_responses_reason_and_cause_are_logged_without_their_text(output: Output) -> None:
    class Refusal(Exception):
        cause_response_code = "AccessDenied"

    error = InvalidToken("expired")
    error.__cause__ = Refusal("a secret")
    log_error_response(error)
    line = output.lines_with_message("refused")[0]
    assert (line["reason"], line["cause"], line["aws_error"]) == ("expired", "Refusal", "AccessDenied")
    assert "a secret" not in output.text


def test_refusals_of_different_problems_are_logged_apart(output: Output) -> None:
    limit = LineLimit()
    log_error_response(BadRequest(), limit)
    log_error_response(NotFound(), limit)
    assert [line["problem"] for line in output.lines_with_message("refused")] == ["bad-request", "not-found"]


def test_line_of_an_invocation_without_an_id_has_none(output: Output) -> None:
    with invocation(None):
        log_info("known")
    assert "request_id" not in output.lines[0]


def fail(depth: int) -> None:
    if depth == 0:
        raise RuntimeError("a secret")
    fail(depth - 1)


@pytest.mark.parametrize(("depth", "frames"), [(0, 2), (6, 8), (20, 8)])
def test_exception_is_logged_by_its_last_frames(output: Output, depth: int, frames: int) -> None:
    try:
        fail(depth)
    except RuntimeError as error:
        log_exception(error)
    [line] = output.lines_with_message("failed")
    assert (line["level"], line["error"], len(line["frames"])) == ("ERROR", "RuntimeError", frames)
    assert line["frames"][-1] == f"{__file__}:{fail.__code__.co_firstlineno + 2}"
    assert "a secret" not in output.text
    assert output.metric_sum("Failed", stack="tidings-local") == 1


def test_cleared_limit_lets_the_next_line_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_in_product(monkeypatch, time, monotonic=lambda: 0.5)
    limit, key = LineLimit(), ("a", None)
    assert [limit.admit(key) for _ in range(3)] == [0, None, None]
    limit.clear()
    assert limit.admit(key) == 0
