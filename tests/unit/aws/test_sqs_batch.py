"""Each message of a batch is processed by itself; only those that may succeed later are delivered again."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import Output, capture_output
from tidings import concurrency
from tidings.aws.sqs_batch import process_batch
from tidings.concurrency import remaining_s
from tidings.errors import BadRequest, NotFound, StoreUnavailable
from tidings.observability import add_log_context


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output:
        yield output


def message(number: int, kind: object = "work", about: object = None) -> dict[str, str]:
    content = {"kind": kind, "about": {"number": number} if about is None else about}
    return {"messageId": f"id-{number}", "body": json.dumps(content)}


def failed(work: Callable[[Mapping[str, Any]], str | None], *records: Mapping[str, Any]) -> list[str]:
    """Process the messages and return the ids of those to deliver again."""
    answer = process_batch({"Records": records}, LambdaContext("one"), {"work": work})
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def fail(error: Exception, *numbers: int) -> Callable[[Mapping[str, Any]], str]:
    """Work that fails for these messages, or for all."""

    def work(fields: Mapping[str, Any]) -> str:
        if not numbers or fields["number"] in numbers:
            raise error
        return "done"

    return work


def test_processed_message_is_logged_and_counted(output: Output) -> None:
    assert failed(lambda fields: f"did {fields['number']}", message(1), message(2)) == []
    lines = output.lines_with_message("task")
    assert [(line["kind"], line["outcome"], line["message_id"]) for line in lines] == [
        ("work", "did 1", "id-1"),
        ("work", "did 2", "id-2"),
    ]
    assert {line["request_id"] for line in lines} == {"one"}
    assert output.metric_sum("Task", kind="work") == 2


def test_message_without_an_outcome_is_neither_logged_nor_counted(output: Output) -> None:
    assert failed(lambda _: None, message(1)) == []
    assert output.lines == []


@pytest.mark.parametrize("error", [StoreUnavailable(), RuntimeError("a secret")])
def test_failed_message_is_returned_and_the_others_are_processed(error: Exception, output: Output) -> None:
    assert failed(fail(error, 2), message(1), message(2), message(3)) == ["id-2"]
    assert output.metric_sum("TaskFailed", kind="work") == 1
    assert output.metric_sum("Task", kind="work") == 2
    is_expected = isinstance(error, StoreUnavailable)
    assert output.metric_sum("Refused", problem="store-unavailable") == int(is_expected)
    assert output.metric_sum("Failed") == int(not is_expected)
    assert "a secret" not in output.text


@pytest.mark.parametrize("error", [BadRequest(), NotFound()])
def test_message_that_cannot_succeed_is_dropped(error: BadRequest | NotFound, output: Output) -> None:
    assert failed(fail(error), message(1)) == []
    [line] = output.lines_with_message("task dropped")
    assert (line["level"], line["kind"], line["problem"], line["message_id"]) == ("WARNING", "work", error.slug, "id-1")
    assert output.metric_sum("Task", kind="work") == 1
    assert output.metric_sum("TaskFailed") == 0


OTHER_FORMS: list[object] = [
    *({"kind": "other", "about": {}}, {"kind": "work"}, {"about": {}}, {"kind": ["work"], "about": {}}),
    *({"kind": "work", "about": []}, {"kind": "work", "about": None}, [], "work", 7, None),
]


@pytest.mark.parametrize("body", [*(json.dumps(content) for content in OTHER_FORMS), "", "{"])
def test_message_of_another_form_is_returned(body: str, output: Output) -> None:
    assert failed(lambda _: "done", {"messageId": "id-1", "body": body}) == ["id-1"]
    assert output.metric_sum("TaskFailed", kind="unknown") == 1
    assert output.metric_sum("Refused", problem="unknown-task") == 1


def test_message_logs_nothing_of_the_one_before(output: Output) -> None:
    def work(fields: Mapping[str, Any]) -> str:
        if fields["number"] == 1:
            add_log_context(provider="plaid", user_id="ann")
        return "done"

    failed(work, message(1), message(2))
    first, second = output.lines_with_message("task")
    assert (first["provider"], first["user_id"]) == ("plaid", "ann")
    assert not {"provider", "user_id"} & set(second)


def test_message_that_takes_its_time_leaves_the_others_theirs(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    now = SimpleNamespace(s=100.0)
    monkeypatch.setattr(concurrency, "time", SimpleNamespace(monotonic=lambda: now.s))
    given: list[float] = []

    def work(fields: Mapping[str, Any]) -> str:
        given.append(remaining_s())
        now.s += {1: 19, 2: 1, 3: 0}[fields["number"]]
        return "done"

    failed(work, message(1), message(2), message(3))
    assert given == [19, 19, 37]
