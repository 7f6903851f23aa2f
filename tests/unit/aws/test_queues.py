"""What is sent to each queue, and that a queue which does not confirm it is an outage."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.support.drivers.output import capture_output
from tidings import settings
from tidings.aws import queues
from tidings.aws.queues import QueueMessage
from tidings.errors import StoreUnavailable
from tidings.model import ItemKey, Task

TASK = Task("end_access", {"item_id": "a"})
ITEM = ItemKey("plaid", "a")


class Sqs:
    """The queues: each request by operation, unless they fail."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.error: Exception | None = None
        self.failed: list[dict[str, str]] = []

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        def call(**sent: Any) -> dict[str, Any]:  # noqa: ANN401 - of any operation
            self.requests.append((operation, sent))
            if self.error:
                raise self.error
            return {"Failed": self.failed} if self.failed else {}

        return call

    @property
    def sent(self) -> list[tuple[str, Any, int]]:
        """The messages that were sent in batches: queue, content and delay."""
        return [
            (request["QueueUrl"], json.loads(entry["MessageBody"]), entry["DelaySeconds"])
            for _, request in self.requests
            for entry in request["Entries"]
        ]


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Sqs:
    sqs = Sqs()
    monkeypatch.setattr(queues, "aws_client", lambda service: {"sqs": sqs}[service])
    for name in ("tasks", "deferred_webhooks", "reconcile", "notify", "notify_dead_letter"):
        monkeypatch.setattr(settings, f"{name}_queue_url", lambda name=name: f"url of {name}")
    return sqs


@pytest.mark.parametrize(
    ("send", "queue", "kind", "about"),
    [
        (lambda: queues.send_task(TASK), "tasks", "end_access", {"item_id": "a"}),
        (lambda: queues.send_deferred_webhook("plaid-1", {"b": 1}), "deferred_webhooks", "plaid-1", {"b": 1}),
        (lambda: queues.send_dead_notification({"c": 2}), "notify_dead_letter", "notify-1", {"c": 2}),
    ],
)
def test_message_is_sent_to_its_queue(
    send: Callable[[], None], queue: str, kind: str, about: dict[str, Any], sqs: Sqs
) -> None:
    send()
    [(operation, sent)] = sqs.requests
    assert (operation, sent["QueueUrl"]) == ("send_message", f"url of {queue}")
    assert json.loads(sent["MessageBody"]) == {"kind": kind, "about": about}


def test_status_check_is_delayed_as_far_as_sqs_allows(sqs: Sqs) -> None:
    queues.request_status_check(ITEM)
    queues.request_status_check(ITEM, 60)
    queues.request_status_check(ITEM, 901)
    check = {"kind": "look-1", "about": {"item": "plaid#a"}}
    assert sqs.sent == [("url of reconcile", check, delay) for delay in (0, 60, 900)]
    assert queues.status_check_message(ITEM).delay_s == 0


def test_kinds_are_those_of_messages_already_sent() -> None:
    assert (queues.STATUS_CHECK_KIND, queues.PAGE_KIND, queues.NOTIFICATION_KIND) == ("look-1", "page-1", "notify-1")


def test_status_check_that_cannot_be_queued_is_left_to_the_schedule(
    sqs: Sqs, capsys: pytest.CaptureFixture[str]
) -> None:
    sqs.failed = [{"Id": "0"}]
    with capture_output(capsys) as output:
        queues.request_status_check(ITEM)
        assert [line["level"] for line in output.lines_with_message("status check not queued")] == ["WARNING"]


def test_messages_are_sent_in_batches_of_ten(sqs: Sqs) -> None:
    queues.send_reconcile_messages([QueueMessage("look-1", {"n": number}, number) for number in range(21)])
    assert [operation for operation, _ in sqs.requests] == ["send_message_batch"] * 3
    assert [len(request["Entries"]) for _, request in sqs.requests] == [10, 10, 1]
    assert [(about["about"]["n"], delay) for _, about, delay in sqs.sent] == [(n, n) for n in range(21)]
    for _, request in sqs.requests:
        assert len({entry["Id"] for entry in request["Entries"]}) == len(request["Entries"])


def test_notifications_are_sent_at_once(sqs: Sqs) -> None:
    queues.send_notifications([])
    assert sqs.requests == []
    queues.send_notifications([{"a": 1}, {"a": 2}])
    assert sqs.sent == [("url of notify", {"kind": "notify-1", "about": {"a": n}}, 0) for n in (1, 2)]


def test_received_notification_is_hidden(sqs: Sqs) -> None:
    queues.postpone_notification("receipt", 30)
    hidden = {"QueueUrl": "url of notify", "ReceiptHandle": "receipt", "VisibilityTimeout": 30}
    assert sqs.requests == [("change_message_visibility", hidden)]


@pytest.mark.parametrize(
    "error",
    [EndpointConnectionError(endpoint_url="https://aws.invalid"), ClientError({"Error": {"Code": "Denied"}}, "Send")],
)
@pytest.mark.parametrize(
    "send",
    [
        lambda: queues.send_task(TASK),
        lambda: queues.send_reconcile_messages([queues.status_check_message(ITEM)]),
        lambda: queues.send_notifications([{}]),
        lambda: queues.postpone_notification("receipt", 1),
    ],
)
def test_failing_queue_is_an_outage(send: Callable[[], None], error: Exception, sqs: Sqs) -> None:
    sqs.error = error
    with pytest.raises(StoreUnavailable):
        send()


def test_batch_that_is_taken_in_part_is_an_outage(sqs: Sqs) -> None:
    sqs.failed = [{"Id": "1"}]
    with pytest.raises(StoreUnavailable):
        queues.send_notifications([{}, {}])
