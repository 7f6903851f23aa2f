"""The queue of notifications in virtual time: it hides, delivers and gives up as SQS does."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from functions.notify import handler
from tests.support.drivers.api_calls import LambdaContext
from tests.support.fakes.clock import StoppedClock
from tidings.announce.delivery import RETRY_DELAYS_S
from tidings.aws import queues

VISIBILITY_S = 90
MAX_RECEIVES = len(RETRY_DELAYS_S) + 1


@dataclass
class Message:
    number: int
    about: Mapping[str, Any]
    visible_at: int
    receives: int = 0


@dataclass
class NotifyQueue:
    """`attempts`: when each message was delivered, in seconds since the beginning."""

    clock: StoppedClock
    waiting: list[Message] = field(default_factory=list)
    dead: list[Mapping[str, Any]] = field(default_factory=list)
    attempts: list[float] = field(default_factory=list)
    _began_at: int = 0

    def __post_init__(self) -> None:
        self._began_at = self.clock.now

    def send(self, notifications: Sequence[Mapping[str, Any]]) -> None:
        for about in notifications:
            self.waiting.append(Message(len(self.attempts) + len(self.waiting), dict(about), self.clock.now))

    def run(self, *, until_s: float = 48 * 3600, killed: int = 0) -> None:
        """Deliver until nothing waits or the time is over. `killed`: how many of the first deliveries do not end."""
        ends_at = self._began_at + round(1000 * until_s)
        while self.waiting:
            message = min(self.waiting, key=lambda one: (one.visible_at, one.number))
            if message.visible_at >= ends_at:
                self.clock.now = ends_at
                break
            self.clock.now = max(self.clock.now, message.visible_at)
            if message.receives == MAX_RECEIVES:
                self.waiting.remove(message)
                self.dead.append(message.about)
                continue
            message.receives += 1
            message.visible_at = self.clock.now + VISIBILITY_S * 1000
            self.attempts.append(self.elapsed_s)
            if killed:
                killed -= 1
                continue
            if not self.deliver(message)["batchItemFailures"]:
                self.waiting.remove(message)

    @property
    def elapsed_s(self) -> float:
        return (self.clock.now - self._began_at) / 1000

    def deliver(self, message: Message) -> Any:  # noqa: ANN401 - as untyped as a response
        body = json.dumps({"kind": queues.NOTIFICATION_KIND, "about": message.about})
        record = {
            "messageId": str(message.number),
            "receiptHandle": str(message.number),
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(message.receives)},
        }
        return handler.lambda_handler({"Records": [record]}, LambdaContext())

    def postpone(self, receipt: str, delay_s: int) -> None:
        for message in self.waiting:
            if str(message.number) == receipt:
                message.visible_at = self.clock.now + delay_s * 1000


@contextmanager
def virtual_queue(clock: StoppedClock) -> Iterator[NotifyQueue]:
    """Let the product's code use the queue in place of SQS."""
    queue = NotifyQueue(clock)
    with (
        mock.patch.object(queues, "send_notifications", queue.send),
        mock.patch.object(queues, "postpone_notification", queue.postpone),
        mock.patch.object(queues, "send_dead_notification", queue.dead.append),
    ):
        yield queue
