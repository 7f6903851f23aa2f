"""The context of log lines, and lines of several threads."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import observability
from tidings.concurrency import in_context, run_concurrently
from tidings.errors import BadRequest, InvalidSignature, StoreUnavailable, TidingsError
from tidings.observability import LineLimit, add_log_context, emit_count, invocation, log_error_response, log_info


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output:
        yield output


def test_line_has_the_context_of_its_invocation(output: Output) -> None:
    with invocation(LambdaContext("first")):
        add_log_context(provider="plaid", user_id="alice")
        log_info("one", fresh=1)
        add_log_context(provider=None)
        log_info("two")
    with invocation(LambdaContext("second")):
        log_info("three")
    one, two, three = output.lines
    assert (one["request_id"], one["provider"], one["user_id"], one["fresh"]) == ("first", "plaid", "alice", 1)
    assert (two["request_id"], two["user_id"], "provider" in two) == ("first", "alice", False)
    assert (three["request_id"], "user_id" in three) == ("second", False)


def test_threads_of_an_invocation_share_its_context(output: Output) -> None:
    def work(name: str) -> None:
        add_log_context(**{name: "known"})

    with invocation(LambdaContext()):
        run_concurrently([lambda: work("user_id"), lambda: work("provider")])
        log_info("done")
    [line] = output.lines
    assert (line["user_id"], line["provider"]) == ("known", "known")


@pytest.mark.invariant(id="I7")
def test_thread_that_outlives_its_invocation_adds_nothing_to_the_next(output: Output) -> None:
    go_on = threading.Event()

    def outlive() -> None:
        go_on.wait()
        add_log_context(user_id="alice")
        log_info("late")

    with invocation(LambdaContext("first")):
        thread = threading.Thread(target=in_context(outlive))
        thread.start()
    with invocation(LambdaContext("second")):
        go_on.set()
        thread.join()
        log_info("next")
    late, following = output.lines
    assert (late["request_id"], late["user_id"]) == ("first", "alice")
    assert (following["request_id"], "user_id" in following) == ("second", False)


def test_context_without_an_invocation_is_not_kept(output: Output) -> None:
    add_log_context(user_id="alice")
    log_info("operator")
    [line] = output.lines
    assert "user_id" not in line


def test_metric_is_written_while_no_other_thread_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    lock: Any = observability.logger.registered_handler.lock
    written: list[tuple[str, bool]] = []

    class Stdout:
        def write(self, text: str) -> None:
            thread = threading.Thread(target=lambda: written.append((text, lock.acquire(blocking=False))))
            thread.start()
            thread.join()

    monkeypatch.setattr(sys, "stdout", Stdout())
    emit_count("Refreshed", provider="plaid")
    assert json.loads("".join(text for text, _ in written))["Refreshed"] == [1.0]
    assert {was_free for _, was_free in written} == {False}


def test_line_names_the_function_that_logs(output: Output) -> None:
    log_info("here")
    assert output.lines[0]["location"].startswith("test_line_names_the_function_that_logs:")


def refuse(limit: LineLimit, *errors: TidingsError) -> None:
    for error in errors:
        log_error_response(error, limit)


def test_flood_is_logged_once_a_second_and_reason_but_counted_whole(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    replace_in_product(monkeypatch, time, monotonic=lambda: now)
    limit = LineLimit()
    refuse(limit, *[InvalidSignature("signature")] * 5, InvalidSignature("header"), BadRequest())
    now += 0.99
    refuse(limit, InvalidSignature("signature"))
    now += 0.01
    refuse(limit, *[InvalidSignature("signature")] * 3)
    now += 5
    refuse(limit, InvalidSignature("signature"), InvalidSignature("header"))
    lines = output.lines_with_message("refused")
    assert [(line["problem"], line.get("reason"), line.get("suppressed")) for line in lines] == [
        ("invalid-signature", "signature", None),
        ("invalid-signature", "header", None),
        ("bad-request", None, None),
        ("invalid-signature", "signature", 5),
        ("invalid-signature", "signature", 2),
        ("invalid-signature", "header", None),
    ]
    assert output.metric_sum("Refused", problem="invalid-signature") == 12
    assert output.metric_sum("Refused", problem="bad-request") == 1


def test_failures_of_different_cause_are_logged_apart(output: Output) -> None:
    limit = LineLimit()
    for cause in (TimeoutError(), TimeoutError(), ConnectionError()):
        error = StoreUnavailable()
        error.__cause__ = cause
        refuse(limit, error)
    assert [line["cause"] for line in output.lines_with_message("refused")] == ["TimeoutError", "ConnectionError"]


def test_refusals_without_a_limit_are_all_logged(output: Output) -> None:
    for _ in range(3):
        log_error_response(BadRequest())
    assert len(output.lines_with_message("refused")) == 3
