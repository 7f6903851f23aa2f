"""A batch of records: whom it nudges, what it queues for the host, and from where it is read again."""

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.stream_records import source_image, stream_record
from tidings import concurrency
from tidings.announce import handler
from tidings.aws import queues
from tidings.concurrency import remaining_s
from tidings.errors import StoreUnavailable
from tidings.live import publish
from tidings.observability import log_info

OLD, NEW = source_image(generation=3, seen_generation=3), source_image(generation=4, seen_generation=3)


class World:
    """`failing`: the users whose nudge fails, and how. `queued`: the types told to the host, by its queue's calls."""

    def __init__(self) -> None:
        self.nudged: list[str] = []
        self.queued: list[list[str]] = []
        self.failing: dict[str, Exception] = {}
        self.queue_error: StoreUnavailable | None = None
        self.left_s: list[float] = []

    def nudge(self, user_id: str) -> None:
        if user_id in self.failing:
            raise self.failing[user_id]
        log_info("nudged")
        assert remaining_s() == 20, "the function is killed after 25 s"
        self.nudged.append(user_id)

    def queue(self, notifications: Sequence[Mapping[str, Any]]) -> None:
        self.left_s.append(remaining_s())
        if self.queue_error:
            raise self.queue_error
        self.queued.append([f"{one['source_id']} {one['type']} {one['generation']}" for one in notifications])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(publish, "publish_nudge", world.nudge)
    monkeypatch.setattr(queues, "send_notifications", world.queue)
    monkeypatch.setattr(concurrency, "time", SimpleNamespace(monotonic=lambda: 100.0))
    return world


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output:
        yield output


def announce(*records: object) -> list[str]:
    """Announce a batch; return the record from which the stream is read again."""
    answer = handler.handle({"Records": list(records)}, LambdaContext("one"))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def of(user_id: str, sequence: int) -> Any:  # noqa: ANN401 - a record
    return stream_record(None, source_image(user_id=user_id, source_id=user_id, generation=1), sequence)


def test_batch_nudges_each_user_and_tells_the_host_once(world: World, output: Output) -> None:
    fetched = source_image(generation=4, seen_generation=4)
    first = stream_record(OLD, NEW, 1)
    assert announce(first, first, stream_record(NEW, fetched, 2), of("bob", 3)) == []
    assert sorted(world.nudged) == ["alice", "bob"]
    assert world.queued == [["item-1 updates.available 4", "item-1 updates.fetched 4", "bob updates.available 1"]]
    assert world.left_s == [5], "a queue that hangs leaves time for the browsers"
    assert {line["request_id"] for line in output.lines} == {"one"}


def test_write_that_no_poll_shows_nudges_nobody(world: World) -> None:
    checked = source_image(generation=3, seen_generation=3, last_reconcile_at=9)
    assert announce(stream_record(OLD, checked)) == []
    assert (world.nudged, world.queued) == ([], [[]])


def test_nothing_is_queued_without_an_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_QUEUE_URL", "")
    assert announce(stream_record(OLD, NEW)) == []
    assert (world.nudged, world.queued) == (["alice"], [])


@pytest.mark.parametrize("error", [StoreUnavailable(), RuntimeError("a bug")])
def test_failed_nudge_returns_its_first_record_and_delays_nobody(
    world: World, output: Output, error: Exception
) -> None:
    world.failing = {"bob": error}
    second = stream_record(source_image(user_id="bob"), source_image(user_id="bob", generation=2), 9)
    assert announce(stream_record(OLD, NEW, 7), of("bob", 8), second, of("carol", 10)) == ["8"]
    assert sorted(world.nudged) == ["alice", "carol"]
    assert len(world.queued) == 1
    is_expected = isinstance(error, StoreUnavailable)
    assert output.metric_sum("AnnounceFailed", audience="browser") == int(is_expected)
    assert output.metric_sum("Refused", problem="store-unavailable") == int(is_expected)
    assert output.metric_sum("Failed") == int(not is_expected)


def test_failing_queue_returns_what_the_host_was_to_hear(world: World, output: Output) -> None:
    world.queue_error = StoreUnavailable()
    works_again = source_image(generation=3, seen_generation=3, status="expiring"), OLD
    assert announce(stream_record(*works_again, 1), stream_record(OLD, NEW, 2), of("bob", 3)) == ["2"]
    assert sorted(world.nudged) == ["alice", "bob"]
    assert output.metric_sum("AnnounceFailed", audience="host") == 1
    assert output.metric_sum("Refused", problem="store-unavailable") == 1


@pytest.mark.parametrize("broken", [{"generation": {"N": "four"}}, {"entry": {"S": "source#plaid"}}])
def test_unreadable_record_is_returned_and_the_others_are_announced(
    world: World, output: Output, broken: Mapping[str, Any]
) -> None:
    record = stream_record(OLD, NEW, 2)
    record["dynamodb"]["NewImage"] = {**NEW, **broken}
    assert announce(of("bob", 1), record, of("carol", 3)) == ["2"]
    assert sorted(world.nudged) == ["bob", "carol"]
    assert output.metric_sum("Failed") == 1


@pytest.mark.parametrize("changed", [{"Keys": {}}, {"ApproximateCreationDateTime": None}])
def test_record_of_another_form_is_returned(world: World, output: Output, changed: Mapping[str, Any]) -> None:
    record = stream_record(OLD, NEW, 2)
    record["dynamodb"].update(changed)
    assert announce(record) == ["2"]


def test_earliest_failed_record_is_returned_in_the_streams_order(world: World, output: Output) -> None:
    world.failing = {"bob": StoreUnavailable(), "dave": StoreUnavailable()}
    assert announce(of("alice", 7), of("dave", 10), of("bob", 9)) == ["10"]
