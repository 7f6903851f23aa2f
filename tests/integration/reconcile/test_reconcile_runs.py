"""Reconciler runs: free calls only, bounded, backing off, and isolated between items."""

from typing import Any

import pytest

from tests.support.aws.aws_calls import FailingCall, aws_error, cancelled_transaction, intercept_calls
from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import (
    fail_status_call,
    logged_outcomes,
    max_silence_s,
    run_status_check,
    source_row,
)
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings import providers
from tidings.aws import queues
from tidings.reconcile import handler


def test_status_check_makes_only_free_calls(app: App, linked: LinkedSource, stopped_clock: StoppedClock) -> None:
    app.control(linked, "trade", silent=True)
    app.providers.reset()
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    called_paths = {call["path"] for call in app.providers.calls(linked.provider)}
    accounts = f"/authorizations/{linked.source_id}/accounts"
    assert called_paths == ({"/item/get"} if linked.provider == "plaid" else {"/authorizations", accounts})


def test_check_during_refresh_leaves_update_to_next_run(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock, output: Output
) -> None:
    app.control(linked, "trade", silent=True)
    stopped_clock.advance(max_silence_s(linked))
    tables.dynamodb.put_item(
        TableName="update-state",
        Item={
            "user_id": {"S": "alice"},
            "entry": {"S": f"claim#{linked.provider}"},
            "claim_id": {"S": "somebody"},
            "retry_at": {"N": str(stopped_clock.now + 1000)},
        },
    )
    before = source_row(tables, linked)
    assert run_status_check(linked) == []
    assert source_row(tables, linked) == before
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert logged_outcomes(output) == ["silent, 1 overtaken", "silent, 1 marked"]


def test_concurrent_runs_record_one_update(
    app: App, linked: LinkedSource, tables: Tables, check_queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    app.control(linked, "trade", silent=True)
    stopped_clock.advance(max_silence_s(linked))
    before = tables.generation(linked.provider, linked.source_id)
    reconcile_queue.start_run()
    reconcile_queue.start_run()
    messages = check_queue.drain()
    assert len(messages) == 2
    assert reconcile_queue.process_messages(*messages) == []
    assert tables.generation(linked.provider, linked.source_id) == before + 1


def test_failing_provider_is_backed_off_longer_each_time(
    app: App, linked: LinkedSource, tables: Tables, check_queue: SqsQueue, stopped_clock: StoppedClock, output: Output
) -> None:
    fail_status_call(app, linked, status=500)
    stopped_clock.advance(max_silence_s(linked))
    before = source_row(tables, linked)
    pauses = []
    for _ in range(3):
        assert reconcile_queue.complete_run(check_queue) == []
        item = tables.item(linked.provider, linked.item_id)
        assert item is not None
        pauses.append((int(item["check_after"]) - stopped_clock.now) / 1000)
        assert reconcile_queue.complete_run(check_queue) == [], "the next run passes it by"
        stopped_clock.now = int(item["check_after"])
    assert [810 <= pauses[0] <= 990, 1620 <= pauses[1] <= 1980, 3240 <= pauses[2] <= 3960] == [True] * 3
    assert source_row(tables, linked) == before
    assert output.metric_sum("ReconcileFailed") == 3
    app.providers.reset()
    assert reconcile_queue.complete_run(check_queue) == []
    item = tables.item(linked.provider, linked.item_id)
    assert item is not None
    assert "check_failures" not in item


def test_provider_retry_after_is_respected(
    app: App, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock, output: Output
) -> None:
    fail_status_call(app, linked, status=429, headers={"retry-after": "7200"})
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    app.providers.reset()
    stopped_clock.advance(7199)
    assert run_status_check(linked) == []
    assert app.providers.calls(linked.provider) == []
    assert len(logged_outcomes(output)) == 1
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert app.providers.calls(linked.provider) != []


def test_status_checks_leave_rate_limit_for_refreshes(
    app: App,
    cookie: str,
    linked: LinkedSource,
    tables: Tables,
    stopped_clock: StoppedClock,
    output: Output,
) -> None:
    reader = providers.status_reader(linked.provider)
    stopped_clock.advance(max_silence_s(linked))
    stopped_clock.round_to_minute()
    spent = reader.CALLS_PER_MINUTE * 40 // 100
    tables.dynamodb.put_item(
        TableName="provider-budgets",
        Item={"window": {"S": f"{reader.RATE_COUNTER}#{stopped_clock.now // 60_000}"}, "calls": {"N": str(spent)}},
    )
    assert run_status_check(linked) == []
    assert logged_outcomes(output) == ["not checked: provider-busy"]
    item = tables.item(linked.provider, linked.item_id)
    assert item is not None
    assert 0 < int(item["check_after"]) - stopped_clock.now <= 66_000
    assert item["check_failures"] == 0
    assert app.refresh(cookie, linked.provider).status == 200


def test_invalid_message_does_not_block_others(
    app: App, cookie: str, check_queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    app.control(linked, "trade", silent=True)
    stopped_clock.advance(max_silence_s(linked))
    good = reconcile_queue.status_check_message(f"plaid#{linked.item_id}")
    bad = [
        {"kind": "look-1", "about": {}},
        reconcile_queue.status_check_message("nobody#1"),
        {"kind": "look-2", "about": {}},
    ]
    assert reconcile_queue.process_messages(*bad, good) == ["m0", "m1", "m2"]
    assert app.pending(cookie)["has_pending_updates"]


def test_store_outage_returns_message_to_queue(app: App, linked: LinkedSource, stopped_clock: StoppedClock) -> None:
    app.control(linked, "trade", silent=True)
    stopped_clock.advance(max_silence_s(linked))
    with intercept_calls(FailingCall("TransactWriteItems", aws_error("InternalServerError"))):
        assert run_status_check(linked) == ["m0"]
    with intercept_calls(
        FailingCall("TransactWriteItems", cancelled_transaction("None", "TransactionConflict"), times=2)
    ):
        assert run_status_check(linked) == []


@pytest.mark.parametrize("kind", ["orphan", "nobody", "without a credential"])
def test_uncheckable_item_is_skipped(
    app: App, cookie: str, tables: Tables, check_queue: SqsQueue, output: Output, kind: str
) -> None:
    item_id = "nobody-s"
    if kind == "orphan":
        [caught] = app.providers.capture_webhooks("plaid", item_id=item_id)
        app.deliver("plaid", caught)
    if kind == "without a credential":
        item_id = app.link_plaid(cookie)
        tables.dynamodb.update_item(
            TableName="provider-items", Key={"item": {"S": f"plaid#{item_id}"}}, UpdateExpression="REMOVE credential"
        )
    reconcile_queue.start_run()
    assert check_queue.drain() == []
    assert reconcile_queue.process_messages(reconcile_queue.status_check_message(f"plaid#{item_id}")) == []
    assert logged_outcomes(output) == []


def test_run_resumes_after_timeout_and_spreads_limited_calls(
    app: App, tables: Tables, check_queue: SqsQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        tables.dynamodb.put_item(
            TableName="provider-items",
            Item={
                "item": {"S": f"snaptrade#u{number}"},
                "user_id": {"S": f"u{number}"},
                "credential": {"B": b"x"},
            },
        )
    monkeypatch.setattr(handler, "_PAGE_ITEMS", 3)
    monkeypatch.setattr(handler, "PAGING_S", 0)
    monkeypatch.setattr(
        providers.status_reader("snaptrade"), "CALLS_PER_MINUTE", 10
    )  # four for the reconciler, two for each status check
    delays: list[int] = []
    items_seen: set[str] = set()
    genuine = queues.send_reconcile_messages

    def note(orders: Any) -> None:  # noqa: ANN401
        delays.extend(order.delay_s for order in orders if order.kind == "look-1")
        genuine([order._replace(delay_s=0) for order in orders])

    monkeypatch.setattr(queues, "send_reconcile_messages", note)
    reconcile_queue.start_run()
    pages = 1
    while messages := check_queue.drain():
        items_seen |= {message["about"]["item"] for message in messages if message["kind"] == "look-1"}
        for message in messages:
            if message["kind"] == "page-1":
                pages += 1
                assert reconcile_queue.process_messages(message) == []
    assert items_seen == {f"snaptrade#u{number}" for number in range(7)}
    assert pages == 3
    assert delays == [0, 0, 60, 60, 120, 120, 180]


def test_reconciler_makes_no_paid_call(
    app: App, cookie: str, paid: None, check_queue: SqsQueue, queue: SqsQueue
) -> None:
    app.link_and_refresh(cookie, "plaid")
    app.link_and_refresh(cookie, "snaptrade")
    assert reconcile_queue.complete_run(check_queue) == []
    assert queue.drain() == []
