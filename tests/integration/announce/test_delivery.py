"""Notifications reach the host once it takes them, in no order, and never older than one that it took."""

import threading
from secrets import token_hex
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.aws.account import SIGNING
from tests.support.aws.aws_calls import intercept_calls, refuse_connection
from tests.support.aws.deployment_secrets import put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.output import Output
from tests.support.fakes.host import Host
from tests.support.fakes.notify_queue import MAX_RECEIVES, Message, NotifyQueue
from tidings.announce import delivery
from tidings.announce.notification import Notification
from tidings.store import newest_delivered

SECRET = SIGNING["signing_secret"]
HOUR_S = 3600


def available(generation: int = 4, **changed: Any) -> Notification:  # noqa: ANN401 - any field
    notification = Notification("updates.available", "alice", "plaid", "item-1", "link-1", generation, 0, 0)
    return notification._replace(**changed)


def generations(host: Host) -> list[int]:
    return [message["data"]["generation"] for message in host.verified(SECRET)]


def test_message_is_signed_for_the_published_library(host: Host, queue: NotifyQueue, output: Output) -> None:
    queue.send([available(at=1_790_000_000_000).dump()])
    queue.run()
    assert host.verified(SECRET) == [
        {
            "type": "updates.available",
            "timestamp": "2026-09-21T14:13:20.000Z",
            "data": {"user_id": "alice", "provider": "plaid", "source_id": "item-1", "generation": 4},
        }
    ]
    [(path, headers, _)] = host.requests
    assert (path, headers["content-type"]) == ("/tidings", "application/json")
    assert headers["webhook-id"] == available().message_id
    assert output.metric_sum("NotificationSent") == 1
    assert [line["outcome"] for line in output.lines_with_message("task")] == ["sent"]


@pytest.mark.threat(id="leaked-notify-secret")
def test_both_secrets_verify_while_rotating(host: Host, queue: NotifyQueue) -> None:
    put_secret("notify", {"signing_secret": "whsec_" + "b" * 32, "signing_secret_previous": SECRET})
    queue.send([available().dump()])
    queue.run()
    assert host.verified(SECRET) == host.verified("whsec_" + "b" * 32) != []


def test_empty_secret_sends_nothing_and_keeps_the_message(host: Host, queue: NotifyQueue) -> None:
    put_secret("notify", {})
    queue.send([available().dump()])
    queue.run(until_s=600)
    assert host.requests == []
    put_secret("notify", SIGNING)
    queue.run()
    assert (len(host.requests), queue.waiting, queue.dead) == (1, [], [])


@pytest.mark.threat(id="slow-host")
def test_host_that_fails_for_an_hour_gets_the_message_then(host: Host, queue: NotifyQueue) -> None:
    host.answers = [500]
    queue.send([available().dump()])
    queue.run(until_s=HOUR_S)
    assert len(queue.attempts) in {6, 7}
    host.answers = [200]
    queue.run()
    assert queue.elapsed_s < 3 * HOUR_S
    assert (queue.waiting, queue.dead) == ([], [])
    ids = {headers["webhook-id"] for _, headers, _ in host.requests}
    assert ids == {available().message_id}, "the host can tell a repetition"


def test_host_that_fails_for_good_leaves_a_dead_letter_within_a_day(
    host: Host, queue: NotifyQueue, output: Output
) -> None:
    host.answers = [503]
    queue.send([available().dump()])
    queue.run()
    pauses = [after - before for before, after in zip(queue.attempts, queue.attempts[1:], strict=False)]
    assert len(queue.attempts) == MAX_RECEIVES
    assert (min(pauses), max(pauses) <= 6.6 * HOUR_S) == (pauses[0], True)
    assert 5 <= pauses[0] < 6
    assert 18 * HOUR_S < queue.elapsed_s < 24 * HOUR_S
    assert queue.dead == [available().dump()]
    assert output.metric_sum("TaskFailed", kind="notify-1") == MAX_RECEIVES


def test_gone_host_leaves_a_dead_letter_at_once(host: Host, queue: NotifyQueue, output: Output) -> None:
    host.answers = [410]
    queue.send([available().dump()])
    queue.run()
    assert (len(host.requests), queue.waiting, queue.dead) == (1, [], [available().dump()])
    assert output.metric_sum("NotificationGone") == 1


@pytest.mark.threat(id="slow-host")
def test_hanging_host_is_left_after_the_time_limit(
    host: Host, queue: NotifyQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RESPONSE_TIMEOUT_S", 0.2)
    host.held = threading.Event()
    queue.send([available().dump()])
    queue.run(until_s=1)
    assert len(queue.waiting) == 1
    host.held.set()
    host.held = None
    monkeypatch.undo()
    monkeypatch.setenv("NOTIFY_URL", host.url)
    queue.run()
    assert queue.waiting == []


@pytest.mark.threat(id="notify-redirect")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(host: Host, queue: NotifyQueue, status: int) -> None:
    host.answers, host.headers = [status], {"location": host.url.replace("/tidings", "/elsewhere")}
    queue.send([available().dump()])
    queue.run(until_s=1)
    assert [path for path, _, _ in host.requests] == ["/tidings"]
    assert len(queue.waiting) == 1


@pytest.mark.threat(id="slow-host")
@pytest.mark.parametrize(
    ("size", "taken"), [(delivery.MAX_RESPONSE_BYTES, True), (delivery.MAX_RESPONSE_BYTES + 1, False)]
)
def test_answer_is_read_up_to_its_limit(host: Host, queue: NotifyQueue, size: int, taken: bool) -> None:
    host.answers, host.body = [200], b"x" * size
    queue.send([available().dump()])
    queue.run(until_s=1)
    assert (queue.waiting == []) is taken


@pytest.mark.threat(id="notify-redirect")
@pytest.mark.parametrize("url", ["http://host.example.com/", "http://169.254.169.254/latest/meta-data/"])
def test_address_without_tls_gets_nothing(queue: NotifyQueue, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("NOTIFY_URL", url)
    queue.send([available().dump()])
    queue.run(until_s=1)
    assert len(queue.waiting) == 1


@pytest.mark.threat(id="leaked-secret")
def test_no_log_line_holds_a_secret_or_the_answer(host: Host, queue: NotifyQueue, output: Output) -> None:
    host.answers, host.body = [500], b"private answer"
    queue.send([available().dump()])
    queue.run(until_s=1)
    assert output.lines_with_message("refused")
    assert "whsec_" not in output.text
    assert SECRET.removeprefix("whsec_") not in output.text
    assert "private answer" not in output.text


def test_delivery_killed_in_the_middle_is_repeated(host: Host, queue: NotifyQueue) -> None:
    queue.send([available().dump()])
    queue.run(killed=1)
    assert queue.attempts == [0, 90]
    assert generations(host) == [4]


def test_failing_table_repeats_a_message_rather_than_lose_it(host: Host, queue: NotifyQueue, tables: Tables) -> None:
    queue.send([available().dump()])
    with intercept_calls(refuse_connection):
        queue.run(until_s=1)
    assert (host.requests, len(queue.waiting)) == ([], 1)
    queue.run()
    assert generations(host) == [4]
    [row] = tables.rows("ProviderBudgetsTable")
    assert row["window"] == f"notified#{available().series}"
    assert "alice" not in str(row)
    assert "item-1" not in str(row)


def test_older_message_is_dropped_after_a_newer_one(host: Host, queue: NotifyQueue, output: Output) -> None:
    queue.send([available(5).dump(), available(4).dump(), available(5).dump(), available(6).dump()])
    queue.run()
    assert generations(host) == [5, 5, 6]
    assert output.metric_sum("NotificationOutdated") == 1


@pytest.mark.parametrize(
    "other",
    [
        {"type": "updates.fetched"},
        {"user_id": "bob"},
        {"provider": "snaptrade"},
        {"source_id": "item-2"},
        {"link_id": "link-2"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_generations_are_compared_within_one_type_and_link(
    host: Host, queue: NotifyQueue, other: dict[str, str]
) -> None:
    queue.send([available(5).dump(), available(4, **other).dump()])
    queue.run()
    assert generations(host) == [5, 4]


@pytest.mark.threat(id="foreign-message")
@pytest.mark.parametrize("about", [{}, {"type": "updates.available"}, {**available().dump(), "more": 1}])
def test_unknown_message_is_kept_for_an_operator(host: Host, queue: NotifyQueue, about: dict[str, object]) -> None:
    queue.send([about])
    queue.run()
    assert (host.requests, queue.dead) == ([], [about])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)), split=st.integers(0, 4), fails=st.lists(st.booleans(), max_size=4))
def test_no_delivery_begins_below_the_newest_delivered(
    host: Host, queue: NotifyQueue, order: list[int], split: int, fails: list[bool]
) -> None:
    """Duplicated, reordered and failing messages, in any order."""
    host.requests.clear()
    series = token_hex(8)
    messages = [
        Message(number, available(generation + 1, link_id=series).dump(), 0)
        for number, generation in enumerate([*order, *order[:split]])
    ]
    host.answers = [204]
    newest = 0
    for number, message in enumerate(messages):
        before = len(host.requests)
        host.answers = [500 if number < len(fails) and fails[number] else 204]
        is_delivered = not queue.deliver(Message(number, message.about, 0, receives=MAX_RECEIVES + 1))[
            "batchItemFailures"
        ]
        began = len(host.requests) > before
        generation = message.about["generation"]
        assert began == (generation >= newest)
        if began and is_delivered:
            newest = generation
    assert newest_delivered.newest_generation(available(link_id=series).series) == newest


@pytest.mark.parametrize(("first", "second"), [(5, 4), (4, 5)])
def test_concurrent_deliveries_leave_the_newest_on_record(dynamodb: Any, first: int, second: int) -> None:  # noqa: ANN401
    """Both may have begun before either was recorded; what is recorded never falls."""
    newest_delivered.record_delivery("series", first, 0)
    newest_delivered.record_delivery("series", second, 0)
    assert newest_delivered.newest_generation("series") == 5
