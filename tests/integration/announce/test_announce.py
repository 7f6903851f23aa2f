"""Records of the stream nudge each user's browsers once, and queue the host's notifications once."""

from typing import Any

import pytest

from functions.announce import handler
from tests.support.aws.aws_calls import aws_error, intercept_calls, stub_response
from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import Output
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.stream_records import source_image, stream_record
from tidings.errors import StoreUnavailable
from tidings.live import publish

OLD, NEW = source_image(generation=3, seen_generation=3), source_image(generation=4, seen_generation=3)


@pytest.fixture
def notifications(dynamodb: Any) -> SqsQueue:  # noqa: ANN401
    queue = SqsQueue.connect(None, "NOTIFY_QUEUE_URL")
    queue.drain()
    return queue


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    users: list[str] = []
    monkeypatch.setattr(publish, "publish_nudge", users.append)
    return users


def announce(*records: object) -> list[str]:
    """Announce a batch; return the record from which the stream is read again."""
    answer: dict[str, Any] = handler.lambda_handler({"Records": list(records)}, LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_update_nudges_its_user_and_tells_the_host(notifications: SqsQueue, nudged: list[str]) -> None:
    assert announce(stream_record(OLD, NEW)) == []
    assert nudged == ["alice"]
    [message] = notifications.drain()
    assert message["kind"] == "notify-1"
    assert message["about"]["type"] == "updates.available"
    assert message["about"]["at"] == 1_790_000_000_000


def test_user_is_nudged_once_for_a_batch(notifications: SqsQueue, nudged: list[str]) -> None:
    fetched = source_image(generation=4, seen_generation=4)
    of_bob = [source_image(user_id="bob", generation=number) for number in (1, 2)]
    assert announce(stream_record(OLD, NEW, 1), stream_record(NEW, fetched, 2), stream_record(*of_bob, 3)) == []
    assert sorted(nudged) == ["alice", "bob"]
    assert len(notifications.drain()) == 3


def test_duplicated_records_tell_the_host_once(notifications: SqsQueue, nudged: list[str]) -> None:
    record = stream_record(OLD, NEW)
    announce(record, record)
    assert nudged == ["alice"]
    assert len(notifications.drain()) == 1


def test_write_that_no_poll_shows_announces_nothing(notifications: SqsQueue, nudged: list[str]) -> None:
    checked = source_image(generation=3, seen_generation=3, last_reconcile_at=9)
    assert announce(stream_record(OLD, checked)) == []
    assert (nudged, notifications.drain()) == ([], [])


def test_many_notifications_are_sent_in_batches_that_sqs_takes(notifications: SqsQueue, nudged: list[str]) -> None:
    records = [stream_record(None, source_image(generation=1, source_id=f"item-{n}"), n) for n in range(25)]
    assert announce(*records) == []
    assert len(notifications.drain()) == 25


def test_without_an_address_only_browsers_are_told(
    notifications: SqsQueue, nudged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_QUEUE_URL")
    assert announce(stream_record(OLD, NEW)) == []
    assert nudged == ["alice"]


@pytest.mark.parametrize("error", [StoreUnavailable(), RuntimeError("a bug")])
def test_failed_nudge_returns_its_record_and_delays_nobody(
    notifications: SqsQueue, monkeypatch: pytest.MonkeyPatch, output: Output, error: Exception
) -> None:
    nudged = []

    def refuse_bob(user_id: str) -> None:
        if user_id == "bob":
            raise error
        nudged.append(user_id)

    monkeypatch.setattr(publish, "publish_nudge", refuse_bob)
    carol = source_image(user_id="carol", generation=1)
    of_bob = stream_record(None, source_image(user_id="bob", generation=1), 8)
    assert announce(stream_record(OLD, NEW, 7), of_bob, stream_record(None, carol, 9)) == ["8"]
    assert sorted(nudged) == ["alice", "carol"]
    assert len(notifications.drain()) == 3
    is_expected = isinstance(error, StoreUnavailable)
    assert output.metric_sum("AnnounceFailed", audience="browser") == int(is_expected)
    assert output.metric_sum("Failed") == int(not is_expected)
    assert "a bug" not in output.text


def test_refusing_queue_does_not_keep_browsers_from_the_news(
    notifications: SqsQueue, nudged: list[str], output: Output
) -> None:
    refused = stub_response("SendMessageBatch", aws_error("AccessDenied"))
    with intercept_calls(refused, "sqs"):
        assert announce(stream_record(OLD, NEW, 3)) == ["3"]
    assert nudged == ["alice"]
    assert output.metric_sum("AnnounceFailed", audience="host") == 1


def test_unreadable_record_is_returned_and_the_others_are_announced(
    notifications: SqsQueue, nudged: list[str], output: Output
) -> None:
    broken = stream_record(OLD, source_image(generation=4), 2)
    broken["dynamodb"]["NewImage"] = {**NEW, "generation": {"N": "four"}}
    assert announce(stream_record(OLD, NEW, 1), broken) == ["2"]
    assert nudged == ["alice"]
    assert output.metric_sum("Failed") == 1
