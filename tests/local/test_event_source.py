"""Queues feed their functions as Lambda's event source mapping does, and as the function's role."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import aws
from local.cloud import LocalCloud, Options, local_cloud
from local.settings import Settings
from tests.e2e.waiting import wait_until

STACK = Path(__file__).parent / "queues" / "template.yaml"


class Queue:
    """WorkQueue, as somebody who sends to it sees it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._client = aws.sqs(cloud.ministack_url)
        self._seen = len(self._batches())

    def send(self, *bodies: str) -> None:
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        self._client.send_message_batch(QueueUrl=self._cloud.physical["WorkQueue"], Entries=entries)  # type: ignore[arg-type]

    def delivered(self, body: str, times: int) -> list[list[str]]:
        """The batches since the start, once a message was in so many of them."""
        wait_until(lambda: sum(body in batch for batch in self.new()) >= times, f"{body} was not delivered")
        return self.new()

    def new(self) -> list[list[str]]:
        return self._batches()[self._seen :]

    def dead(self) -> list[str]:
        """What ended in the dead-letter queue, taken out of it."""
        url = self._cloud.physical["DeadQueue"]
        messages = self._client.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10).get(
            "Messages", []
        )
        for message in messages:
            self._client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    def left(self) -> int:
        url = self._cloud.physical["WorkQueue"]
        found = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        waiting, taken = found["ApproximateNumberOfMessages"], found["ApproximateNumberOfMessagesNotVisible"]
        return int(waiting) + int(taken)

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


def test_a_message_is_delivered_once_and_gone(queue: Queue) -> None:
    queue.send("fine")
    queue.delivered("fine", times=1)
    wait_until(lambda: not queue.left())
    assert len(queue.new()) == 1


@pytest.mark.parametrize("poison", ["poison", "nonsense", "crash"])
def test_what_fails_is_delivered_again_and_ends_in_the_dead_letter_queue(queue: Queue, poison: str) -> None:
    queue.send(poison)
    queue.delivered(poison, times=2)
    assert queue.dead() == [poison]
    assert queue.left() == 0


def test_a_message_that_fails_does_not_take_the_others_with_it(queue: Queue) -> None:
    queue.send("one", "poison", "two")
    batches = queue.delivered("poison", times=2)
    assert sorted(body for batch in batches for body in batch) == ["one", "poison", "poison", "two"]
    assert queue.dead() == ["poison"]


def test_it_polls_as_the_function(queue: Queue, record: Path) -> None:
    queue.send("recorded")
    queue.delivered("recorded", times=1)
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    mine = [line for line in lines if line["service"] == "sqs" and line["function"] == "WorkFunction"]
    assert {"GetQueueAttributes", "ReceiveMessage", "DeleteMessage"} <= {line["action"] for line in mine}
    assert {line["queue"] for line in mine} == {"WorkQueue"}
    assert "recorded" not in json.dumps(lines), "a message is nobody's business"


def test_a_queue_outlives_a_restart_of_the_service(queue: Queue, queues: LocalCloud) -> None:
    queues.stop_ministack()
    queues.start_ministack()
    queue.send("afterwards")
    assert queue.delivered("afterwards", times=1)
