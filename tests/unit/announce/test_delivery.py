"""One delivery to the host: what its answer means, and when the next attempt follows."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import clock, settings
from tidings.announce import delivery
from tidings.announce.notification import Notification
from tidings.aws import queues, secrets
from tidings.concurrency import remaining_s
from tidings.errors import HostUnavailable, ProviderError, ProviderTimeout, StoreUnavailable
from tidings.http.client import HttpResponse
from tidings.store import newest_delivered

NOW = 1_790_000_000_999
MESSAGE = Notification("updates.available", "ann", "plaid", "item-1", "link-1", 4, 0, 0)
SECRET = {"signing_secret": "whsec_" + "a" * 32}


class World:
    """The host and its answer, the queue, and the newest generations delivered."""

    def __init__(self) -> None:
        self.answer: HttpResponse | ProviderError = HttpResponse(204, {}, None)
        self.sent: list[dict[str, Any]] = []
        self.newest: dict[str, int] = {}
        self.recorded: list[tuple[str, int, int]] = []
        self.postponed: list[tuple[str, int]] = []
        self.dead: list[Mapping[str, Any]] = []
        self.queue_error: StoreUnavailable | None = None

    def send(self, method: str, url: str, **sent: Any) -> HttpResponse:  # noqa: ANN401 - a request's parts
        self.sent.append({"method": method, "url": url, **sent})
        if isinstance(self.answer, ProviderError):
            raise self.answer
        return self.answer

    def postpone(self, receipt: str, delay_s: int) -> None:
        assert remaining_s() == 3
        if self.queue_error:
            raise self.queue_error
        self.postponed.append((receipt, delay_s))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(delivery, "send_request", world.send)
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
    replace_in_product(monkeypatch, random, uniform=lambda _, most: most)
    monkeypatch.setattr(settings, "notify_url", lambda: "https://host.example/tidings")
    monkeypatch.setattr(secrets, "app_secret", lambda name: {"notify": SECRET}[name])
    monkeypatch.setattr(newest_delivered, "newest_generation", lambda series: world.newest.get(series, 0))
    monkeypatch.setattr(newest_delivered, "record_delivery", lambda *given: world.recorded.append(given))
    monkeypatch.setattr(queues, "postpone_notification", world.postpone)
    monkeypatch.setattr(queues, "send_dead_notification", world.dead.append)
    return world


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output:
        yield output


def deliver(*abouts: Mapping[str, Any], receives: int = 1, kind: str = "notify-1") -> list[str]:
    """Deliver messages and return the ids of those that failed."""
    records = [
        {
            "messageId": f"id-{number}",
            "receiptHandle": f"receipt-{number}",
            "body": json.dumps({"kind": kind, "about": about}),
            "attributes": {"ApproximateReceiveCount": str(receives)},
        }
        for number, about in enumerate(abouts, 1)
    ]
    answer = delivery.handle({"Records": records}, LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def outcomes(output: Output) -> list[str]:
    return [line["outcome"] for line in output.lines_with_message("task")]


@pytest.mark.parametrize("status", [200, 204, 299])
def test_taken_message_is_recorded_and_not_repeated(world: World, output: Output, status: int) -> None:
    world.answer = HttpResponse(status, {}, b"taken")
    assert deliver(MESSAGE.dump()) == []
    assert world.recorded == [(MESSAGE.series, 4, NOW)]
    assert (outcomes(output), output.metric_sum("NotificationSent")) == (["sent"], 1)
    assert world.postponed == []
    [line] = output.lines_with_message("task")
    assert (line["provider"], line["user_id"]) == ("plaid", "ann")


def test_message_is_posted_signed_and_within_its_time(world: World, output: Output) -> None:
    deliver(MESSAGE.dump())
    [sent] = world.sent
    assert (sent["method"], sent["url"], sent["body"]) == ("POST", "https://host.example/tidings", MESSAGE.payload())
    assert (sent["deadline"], sent["max_bytes"]) == (105, 64 * 1024)
    assert sent["headers"]["content-type"] == "application/json"
    assert sent["headers"]["webhook-id"] == MESSAGE.message_id
    assert sent["headers"]["webhook-timestamp"] == str(NOW // 1000)
    assert sent["parse"](b"no JSON") == b"no JSON"


def test_message_older_than_one_delivered_is_dropped(world: World, output: Output) -> None:
    world.newest = {MESSAGE.series: 5}
    assert deliver(MESSAGE.dump()) == []
    assert (world.sent, world.recorded, outcomes(output)) == ([], [], ["outdated"])
    assert output.metric_sum("NotificationOutdated") == 1
    world.newest = {MESSAGE.series: 4}
    deliver(MESSAGE.dump())
    assert len(world.sent) == 1, "a repetition is no older one"


def test_gone_host_makes_a_dead_letter_at_once(world: World, output: Output) -> None:
    world.answer = HttpResponse(410, {}, None)
    assert deliver(MESSAGE.dump()) == []
    assert (world.dead, world.recorded, outcomes(output)) == ([MESSAGE.dump()], [], ["gone"])
    assert output.metric_sum("NotificationGone") == 1


@pytest.mark.parametrize(
    "answer",
    [
        *(HttpResponse(status, {}, None) for status in (199, 400, 404, 409, 411, 500)),
        ProviderTimeout(),
        ProviderError(),
    ],
)
def test_message_that_the_host_does_not_take_is_tried_again(
    world: World, output: Output, answer: HttpResponse | ProviderError
) -> None:
    world.answer = answer
    assert deliver(MESSAGE.dump()) == ["id-1"]
    assert (world.postponed, world.recorded, world.dead) == ([("receipt-1", 6)], [], [])
    assert output.metric_sum("Refused", problem="host-unavailable") == 1


def test_only_failed_messages_are_postponed(world: World, output: Output) -> None:
    world.newest = {MESSAGE._replace(user_id="bob").series: 9}
    world.answer = HttpResponse(500, {}, None)
    failed = deliver(MESSAGE.dump(), MESSAGE._replace(user_id="bob").dump(), MESSAGE._replace(user_id="eve").dump())
    assert failed == ["id-1", "id-3"]
    assert world.postponed == [("receipt-1", 6), ("receipt-3", 6)]


@pytest.mark.parametrize("about", [{}, {"type": "updates.available"}, {**MESSAGE.dump(), "more": 1}])
def test_message_of_another_version_is_kept_for_an_operator(
    world: World, output: Output, about: dict[str, object]
) -> None:
    assert deliver(about) == ["id-1"]
    assert world.sent == []
    assert output.metric_sum("Refused", problem="unknown-task") == 1


def test_queue_that_does_not_postpone_is_only_logged(world: World, output: Output) -> None:
    world.answer, world.queue_error = HttpResponse(500, {}, None), StoreUnavailable()
    assert deliver(MESSAGE.dump()) == ["id-1"]
    [line] = output.lines_with_message("notification not postponed")
    assert (line["level"], line["message_id"]) == ("WARNING", "id-1")


def test_pauses_grow_to_six_hours_within_a_day(world: World) -> None:
    assert delivery.RETRY_DELAYS_S == (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600, 21_600)
    longest = [delivery.retry_delay_s(attempt) for attempt in range(1, 11)]
    assert longest == [6, 33, 132, 660, 1980, 3960, 7920, 15_840, 23_760, 23_760]
    assert [delivery.retry_delay_s(attempt) for attempt in (11, 12)] == [0, 0]


def test_jitter_only_lengthens_a_pause(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_in_product(monkeypatch, random, uniform=lambda least, _: least)
    assert [delivery.retry_delay_s(attempt) for attempt in (1, 10)] == [5, 21_600]


def test_failure_says_whether_the_host_was_slow(world: World) -> None:
    for error, told in ((ProviderTimeout(), "in time"), (ProviderError(), "can't be reached")):
        world.answer = error
        with pytest.raises(HostUnavailable, match=told) as failure:
            delivery.send("id", b"{}")
        assert failure.value.__cause__ is error


@pytest.mark.parametrize(
    ("status", "body", "is_success"), [(200, b"taken", True), (300, None, False), (199, None, False), (299, None, True)]
)
def test_operator_sees_the_hosts_answer(world: World, status: int, body: bytes | None, is_success: bool) -> None:
    world.answer = HttpResponse(status, {}, body)
    found = delivery.send("id", b"{}")
    assert (found.status, found.body, found.is_success) == (status, body or b"", is_success)
