"""The context of log lines, and lines of several threads."""

import json
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import Output, capture_output
from tidings import observability
from tidings.concurrency import in_context, run_concurrently
from tidings.observability import add_log_context, emit_count, invocation, log_info


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
