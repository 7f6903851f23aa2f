"""When items are checked: daily, and soon after a flow creates a reason, at most three times a day."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import PROVIDERS, fail_status_call, run_status_check, update_source_row
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings.aws import queues
from tidings.aws.queues import QueueMessage

RUN_S = 3600
"""A run each quarter of an hour, the default, queues no more messages, and takes four times as long here."""
DAY_S = 24 * 3600
HOUR_MS = 3_600_000


@dataclass
class VirtualQueue:
    """The reconcile queue on the test's clock. `received`: the number of checks, by item."""

    clock: StoppedClock
    waiting: list[tuple[int, QueueMessage]] = field(default_factory=list)
    received: Counter[str] = field(default_factory=Counter)

    def send(self, messages: list[QueueMessage]) -> None:
        self.waiting += [(self.clock.now + 1000 * message.delay_s, message) for message in messages]

    def deliver(self) -> None:
        """Process what is visible by now."""
        visible = [message for at, message in self.waiting if at <= self.clock.now]
        self.waiting = [(at, message) for at, message in self.waiting if at > self.clock.now]
        self.received.update(message.about["item"] for message in visible)
        for message in visible:
            assert reconcile_queue.process_messages({"kind": message.kind, "about": dict(message.about)}) == []


@pytest.fixture
def virtual_queue(stopped_clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> VirtualQueue:
    queue = VirtualQueue(stopped_clock)
    monkeypatch.setattr(queues, "send_reconcile_messages", queue.send)
    return queue


def pass_a_day(queue: VirtualQueue) -> None:
    for _ in range(DAY_S // RUN_S):
        queue.clock.advance(RUN_S)
        run_once(queue)


def run_once(queue: VirtualQueue) -> None:
    reconcile_queue.start_run()
    queue.deliver()


def fail_holdings_calls(app: App, linked: LinkedSource) -> None:
    path = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts"}[linked.provider]
    app.control(linked, "faults", path=path, kind="status", status=500)


def test_items_are_checked_one_to_three_times_a_day(
    app: App, virtual_queue: VirtualQueue, stopped_clock: StoppedClock
) -> None:
    users = {name: app.sign_in(name, lasts_s=10**9) for name in ("changed", "unchanged", "failed")}
    linked = {name: [app.link_and_refresh(cookie, one) for one in PROVIDERS] for name, cookie in users.items()}
    items = {f"{one.provider}#{one.item_id}" for sources in linked.values() for one in sources}
    stopped_clock.advance(61)
    run_once(virtual_queue)
    assert virtual_queue.received == Counter(items), "none had a due time"
    for one in PROVIDERS:
        source = {name: next(each for each in sources if each.provider == one) for name, sources in linked.items()}
        app.trade(source["changed"])
        app.send_webhook(source["unchanged"])
        fail_holdings_calls(app, source["failed"])
        statuses = [app.refresh(cookie, one).status for cookie in users.values()]
        assert statuses == [200, 200, 502]
    for _ in range(2):
        virtual_queue.received.clear()
        pass_a_day(virtual_queue)
        assert set(virtual_queue.received) == items, "each item is checked within a day"
        assert max(virtual_queue.received.values()) <= 3, virtual_queue.received


def test_reconnect_is_checked_soon_and_then_twice_a_day(
    app: App, linked: LinkedSource, virtual_queue: VirtualQueue, stopped_clock: StoppedClock
) -> None:
    run_once(virtual_queue)
    broken: dict[str, str] = {"type": "ITEM", "code": "ERROR"}
    if linked.provider == "snaptrade":
        broken = {"event_type": "CONNECTION_BROKEN"}
    assert [one.status for one in app.send_webhook(linked, **broken)] == [200]
    assert [at - stopped_clock.now for at, _ in virtual_queue.waiting] == [900_000]
    virtual_queue.received.clear()
    pass_a_day(virtual_queue)
    assert 2 <= virtual_queue.received.total() <= 3


@pytest.mark.parametrize("reason", ["failed", "unchanged"])
def test_refresh_has_reason_checked_after_eleven_minutes(
    app: App, cookie: str, linked: LinkedSource, virtual_queue: VirtualQueue, stopped_clock: StoppedClock, reason: str
) -> None:
    run_once(virtual_queue)
    if reason == "failed":
        fail_holdings_calls(app, linked)
    app.send_webhook(linked)
    app.refresh(cookie, linked.provider)
    app.refresh(cookie, linked.provider)
    assert [at - stopped_clock.now for at, _ in virtual_queue.waiting] == [660_000], "once, however often it fails"
    app.providers.reset()
    app.control(linked, "trade", silent=True)
    stopped_clock.advance(660)
    virtual_queue.deliver()
    assert app.pending(cookie)["has_pending_updates"]


def test_check_that_was_lost_is_made_up_for_within_a_day(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, virtual_queue: VirtualQueue
) -> None:
    run_once(virtual_queue)
    app.control(linked, "trade", silent=True)
    # A refresh that was killed before it requested the check.
    tables.dynamodb.update_item(
        TableName="update-state",
        Key={"user_id": {"S": "alice"}, "entry": {"S": f"source#{linked.provider}#{linked.source_id}"}},
        UpdateExpression="SET last_error = :e",
        ExpressionAttributeValues={":e": {"S": "provider-outage"}},
    )
    pass_a_day(virtual_queue)
    assert app.pending(cookie)["has_pending_updates"]


def test_item_that_is_not_due_is_not_queued_but_counted(
    linked: LinkedSource, check_queue: SqsQueue, stopped_clock: StoppedClock, output: Output
) -> None:
    assert reconcile_queue.complete_run(check_queue) == []
    stopped_clock.advance(17 * 3600)
    reconcile_queue.start_run()
    assert check_queue.drain() == []
    assert output.metric_sum("ReconcileSent", provider=linked.provider) == 2
    stopped_clock.advance(6 * 3600)
    reconcile_queue.start_run()
    assert len(check_queue.drain()) == 1


def test_due_time_holds_back_no_requested_check(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    assert run_status_check(linked) == []
    app.control(linked, "trade", silent=True)
    update_source_row(tables, linked, "SET check_due = :n", n=stopped_clock.now)
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert app.pending(cookie)["has_pending_updates"]


def test_check_of_failing_provider_keeps_due_time_within_a_day(
    app: App, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    fail_status_call(app, linked, status=429, headers={"retry-after": str(7 * DAY_S)})
    update_source_row(tables, linked, "SET check_due = :n", n=stopped_clock.now)
    assert run_status_check(linked) == []
    item = tables.item(linked.provider, linked.item_id) or {}
    assert item["check_after"] == stopped_clock.now + 24 * HOUR_MS
