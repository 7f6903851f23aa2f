"""Test that queues invoke functions as Lambda's event source mapping does, with the function's role."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import aws
from local.cloud import LocalCloud, Options, local_cloud
from local.gateway.poller import Poller, PollError
from local.settings import Settings
from tests.support.drivers.queues import messages_left
from tests.support.drivers.waiting import wait_until

STACK = Path(__file__).parent / "queues" / "template.yaml"


class Queue:
    """A sender to WorkQueue, which also reads the log of its function."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._client = aws.sqs(cloud.ministack_url)
        self._seen = len(self._batches())

    def send(self, *bodies: str) -> None:
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        self._client.send_message_batch(QueueUrl=self._cloud.physical["WorkQueue"], Entries=entries)  # type: ignore[arg-type]

    def wait_for_batches(self, body: str, times: int) -> list[list[str]]:
        """The batches since the start, once a message was in so many of them."""
        wait_until(lambda: sum(body in batch for batch in self.new()) >= times, f"{body} was not delivered")
        return self.new()

    def new(self) -> list[list[str]]:
        return self._batches()[self._seen :]

    def take_dead_letters(self) -> list[str]:
        """Receive and delete the messages in the dead-letter queue."""
        url = self._cloud.physical["DeadQueue"]
        messages = self._client.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10).get(
            "Messages", []
        )
        for message in messages:
            self._client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    def left(self) -> int:
        return messages_left(self._cloud, "WorkQueue")

    def _batches(self) -> list[list[str]]:
        lines = self._cloud.log("WorkFunction").splitlines()
        return [json.loads(line)["batch"] for line in lines if line.startswith('{"batch"')]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("record") / "calls.jsonl"


@pytest.fixture(scope="module")
def queues(tmp_path_factory: pytest.TempPathFactory, record: Path) -> Iterator[LocalCloud]:
    settings = Settings(port=0, state=tmp_path_factory.mktemp("state"), record=record)
    with local_cloud(settings, Options(template=STACK, simulators=False, concurrency=1)) as cloud:
        yield cloud


@pytest.fixture
def queue(queues: LocalCloud) -> Queue:
    return Queue(queues)


def test_message_is_deleted_after_one_delivery(queue: Queue) -> None:
    queue.send("fine")
    queue.wait_for_batches("fine", times=1)
    wait_until(lambda: not queue.left())
    assert len(queue.new()) == 1


@pytest.mark.parametrize("poison", ["poison", "nonsense", "crash"])
def test_failed_message_is_redelivered_then_moved_to_the_dead_letter_queue(queue: Queue, poison: str) -> None:
    queue.send(poison)
    queue.wait_for_batches(poison, times=2)
    assert queue.take_dead_letters() == [poison]
    assert queue.left() == 0


def test_failed_message_leaves_the_rest_of_the_batch_processed(queue: Queue) -> None:
    queue.send("one", "poison", "two")
    batches = queue.wait_for_batches("poison", times=2)
    assert sorted(body for batch in batches for body in batch) == ["one", "poison", "poison", "two"]
    assert queue.take_dead_letters() == ["poison"]


def test_event_source_polls_with_the_function_role(queue: Queue, record: Path) -> None:
    queue.send("recorded")
    queue.wait_for_batches("recorded", times=1)
    wait_until(lambda: "DeleteMessage" in {call["action"] for call in _calls(record)}, "no call was recorded")
    calls = _calls(record)
    assert {"GetQueueAttributes", "ReceiveMessage", "DeleteMessage"} <= {call["action"] for call in calls}
    assert {call["queue"] for call in calls} == {"WorkQueue"}
    assert "recorded" not in record.read_text("utf-8"), "the record must not contain received messages"


def _calls(record: Path) -> list[dict[str, str]]:
    """The function's recorded calls of SQS. A line that is still being written is left out."""
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]
    return [line for line in lines if line["service"] == "sqs" and line["function"] == "WorkFunction"]


def test_rejected_poll_is_an_error_with_its_reason(queues: LocalCloud) -> None:
    url = queues.physical["WorkQueue"] + "-of-nobody"
    with pytest.raises(PollError, match="QueueDoesNotExist"):
        Poller(queues.ministack_url, "sqs", "WorkFunction").call("ReceiveMessage", QueueUrl=url)


def test_event_source_resumes_after_a_queue_restart(queue: Queue, queues: LocalCloud) -> None:
    queues.stop_ministack()
    queues.start_ministack()
    queue.send("afterwards")
    assert queue.wait_for_batches("afterwards", times=1)
