"""Webhooks that the store refuses fall back to SQS and are processed once from there (I6)."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from tests.support.aws.aws_calls import FailingCall, OperationRecorder, aws_error, intercept_calls, refuse_connection
from tests.support.aws.held_call import hold_first
from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.output import Output
from tests.support.drivers.store_timeout import HANGS_S, READS_S, shorten_store_timeout
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings.webhooks import receive

pytestmark = pytest.mark.invariant(id="I6")

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


@pytest.fixture(params=PROVIDERS)
def linked(app: App, cookie: str, request: pytest.FixtureRequest, stopped_clock: StoppedClock) -> LinkedSource:
    """A source whose updates have been fetched."""
    return app.link_and_refresh(cookie, request.param)


@contextmanager
def hold_services(*services: str) -> Iterator[None]:
    """Hold all requests to the services without a response until the block ends."""
    released = threading.Event()

    def hold(**_: object) -> None:
        released.wait()
        refuse_connection()

    with ExitStack() as stack:
        for service in services:
            stack.enter_context(intercept_calls(hold, service))
        try:
            yield
        finally:
            released.set()


def throttle_writes() -> FailingCall:
    return FailingCall("TransactWriteItems", aws_error("ThrottlingException"))


def break_reads() -> FailingCall:
    return FailingCall("GetItem", aws_error("InternalServerError"))


REFUSALS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "unreachable": lambda: intercept_calls(refuse_connection),
    "throttled": lambda: intercept_calls(throttle_writes()),
    "broken": lambda: intercept_calls(break_reads()),
    "forbidden": lambda: intercept_calls(FailingCall("TransactWriteItems", aws_error("AccessDeniedException"))),
    "hanging": lambda: hold_services("dynamodb"),
}


@pytest.mark.threat(id="lost-webhook")
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_webhook_refused_by_store_is_deferred_and_counted_once(
    app: App,
    linked: LinkedSource,
    tables: Tables,
    deferred_queue: SqsQueue,
    monkeypatch: pytest.MonkeyPatch,
    refusal: Callable[[], AbstractContextManager[object]],
) -> None:
    [caught] = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    before = tables.generation(linked.provider, linked.source_id)
    with monkeypatch.context() as meanwhile, refusal():
        shorten_store_timeout(meanwhile, HANGS_S)
        answered = app.deliver(linked.provider, caught)
    assert (answered.status, answered.json) == (200, {"status": "deferred"})
    assert tables.generation(linked.provider, linked.source_id) == before
    messages = deferred_queue.drain()
    assert len(messages) == 1
    assert deferred.process_messages(*messages, *messages) == []
    assert app.deliver(linked.provider, caught).json["status"] == "duplicate"
    assert tables.generation(linked.provider, linked.source_id) == before + 1


def test_deferred_record_equals_direct_record(
    app: App, linked: LinkedSource, tables: Tables, deferred_queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    [caught] = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    before = tables.rows("WebhookEventsTable")
    assert app.deliver(linked.provider, caught).status == 200
    taken_at_once = tables.rows("WebhookEventsTable")
    [recorded] = [row for row in taken_at_once if row not in before]
    tables.dynamodb.delete_item(TableName="webhook-events", Key={"event": {"S": recorded["event"]}})
    with intercept_calls(refuse_connection):
        assert app.deliver(linked.provider, caught).json["status"] == "deferred"
    stopped_clock.advance(7200)
    assert deferred.process_messages(*deferred_queue.drain()) == []
    assert tables.rows("WebhookEventsTable") == taken_at_once


def test_provider_retry_before_queue_makes_message_duplicate(
    app: App, linked: LinkedSource, tables: Tables, deferred_queue: SqsQueue, output: Output
) -> None:
    [caught] = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    before = tables.generation(linked.provider, linked.source_id)
    with intercept_calls(refuse_connection):
        app.deliver(linked.provider, caught)
    assert app.deliver(linked.provider, caught).json["status"] == "marked"
    assert deferred.process_messages(*deferred_queue.drain()) == []
    assert tables.generation(linked.provider, linked.source_id) == before + 1
    assert [line["outcome"] for line in output.lines_with_message("webhook")] == ["deferred", "marked", "duplicate"]
    assert output.metric_sum("WebhookDeferred") == 1


@pytest.mark.threat(id="lost-webhook")
def test_store_and_queue_down_returns_503_and_retry_is_counted(
    app: App, linked: LinkedSource, tables: Tables, deferred_queue: SqsQueue
) -> None:
    [caught] = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    with intercept_calls(refuse_connection), intercept_calls(refuse_connection, "sqs"):
        answered = app.deliver(linked.provider, caught)
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    assert deferred_queue.drain() == []
    assert app.deliver(linked.provider, caught).json["status"] == "marked"


def test_store_and_queue_hanging_returns_503_in_time(
    app: App, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_store_timeout(monkeypatch, HANGS_S)
    monkeypatch.setattr(receive, "QUEUE_S", 0.2)
    [caught] = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    with hold_services("dynamodb", "sqs"):
        assert app.deliver(linked.provider, caught).status == 503


def test_hanging_write_that_commits_counts_webhook_once(
    app: App, linked: LinkedSource, tables: Tables, deferred_queue: SqsQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome of the write was unknown, so the queue has the webhook as well."""
    shorten_store_timeout(monkeypatch, READS_S)
    before = tables.generation(linked.provider, linked.source_id)
    with hold_first("TransactWriteItems", dies=False) as held:
        assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["deferred"]
        assert held.wake() == []
    assert tables.generation(linked.provider, linked.source_id) == before + 1
    assert deferred.process_messages(*deferred_queue.drain()) == []
    assert tables.generation(linked.provider, linked.source_id) == before + 1


def test_failing_messages_alone_are_redelivered(
    app: App, linked: LinkedSource, tables: Tables, deferred_queue: SqsQueue
) -> None:
    caught = [app.providers.capture_webhooks(linked.provider, **linked.control_arguments)[0] for _ in range(2)]
    before = tables.generation(linked.provider, linked.source_id)
    with intercept_calls(refuse_connection):
        for one in caught:
            app.deliver(linked.provider, one)
        messages = deferred_queue.drain()
        assert deferred.process_messages(*messages) == ["m0", "m1"]
    with intercept_calls(FailingCall("TransactWriteItems", aws_error("InternalServerError"), times=1)):
        assert deferred.process_messages(*messages) == ["m0"]
    assert deferred.process_messages(messages[0]) == []
    assert tables.generation(linked.provider, linked.source_id) == before + 2


@pytest.mark.threat(id="foreign-message")
@pytest.mark.parametrize(
    "message",
    [
        {"kind": "webhook-2", "about": {}},
        {"kind": "webhook-1", "about": {}},
        {"kind": "webhook-1", "about": {"provider": "plaid", "notice": {"kind": "x"}, "event": {}}},
        "no JSON",
    ],
)
def test_message_of_unknown_version_is_kept_for_operator(app: App, message: object, output: Output) -> None:
    assert deferred.process_messages(message) == ["m0"]
    assert [line["problem"] for line in output.lines_with_message("refused")] == ["unknown-task"]


@pytest.mark.parametrize(("event", "outcome"), [("CONNECTION_DELETED", "removed"), ("USER_DELETED", "removed")])
def test_deferred_removal_is_applied(
    app: App, cookie: str, tables: Tables, deferred_queue: SqsQueue, output: Output, event: str, outcome: str
) -> None:
    linked = app.link(cookie, "snaptrade")
    tables.backdate_registration(linked.item_id)
    with intercept_calls(refuse_connection):
        assert [answered.status for answered in app.send_webhook(linked, event_type=event)] == [200]
    assert deferred.process_messages(*deferred_queue.drain()) == []
    assert tables.source("snaptrade", linked.source_id) is None
    assert [line["outcome"] for line in output.lines_with_message("webhook")][-2:] == ["deferred", outcome]


def test_deferred_revocation_sets_status_and_queues_task(
    app: App, cookie: str, tables: Tables, queue: SqsQueue, deferred_queue: SqsQueue
) -> None:
    linked = app.link(cookie, "plaid")
    with intercept_calls(refuse_connection):
        app.send_webhook(linked, type="ITEM", code="USER_PERMISSION_REVOKED")
    assert queue.drain() == []
    assert deferred.process_messages(*deferred_queue.drain()) == []
    row = tables.source("plaid", linked.source_id)
    assert row is not None
    assert row["status"] == "revoked"
    assert queue.drain() == [{"kind": "end_access", "about": {"item_id": linked.item_id}}]


def test_deferred_status_keeps_its_condition(app: App, cookie: str, tables: Tables, deferred_queue: SqsQueue) -> None:
    linked = app.link(cookie, "plaid")
    app.send_webhook(linked, type="ITEM", code="ERROR")
    with intercept_calls(refuse_connection):
        app.send_webhook(linked, type="ITEM", code="PENDING_DISCONNECT")
    assert deferred.process_messages(*deferred_queue.drain()) == []
    row = tables.source("plaid", linked.source_id)
    assert row is not None
    assert row["status"] == "reconnect_required"


def test_deferred_orphan_update_is_counted(app: App, tables: Tables, deferred_queue: SqsQueue) -> None:
    [caught] = app.providers.capture_webhooks("plaid", item_id="nobody-s")
    with intercept_calls(refuse_connection):
        assert app.deliver("plaid", caught).json["status"] == "deferred"
    assert deferred.process_messages(*deferred_queue.drain()) == []
    item = tables.item("plaid", "nobody-s")
    assert item is not None
    assert item["orphan_generation"] == 1


def test_link_session_token_goes_only_to_tasks_queue(
    app: App, queue: SqsQueue, deferred_queue: SqsQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAID_WEBHOOK_URL", f"{app.providers.catcher.url}/plaid")
    cookie = app.sign_in()
    made = app.request("POST /plaid/create-connection-url", cookie, body={})
    app.providers.plaid_hosted_link(made.json["connection_url"])
    with intercept_calls(refuse_connection):
        assert [answered.json["status"] for answered in app.deliver_all("plaid")] == ["deferred"]
    assert deferred_queue.drain() == []
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert len(app.connections(cookie)) == 1


def test_stale_link_session_leaves_no_token_in_deferred_queue(
    app: App, queue: SqsQueue, deferred_queue: SqsQueue, tables: Tables, stopped_clock: StoppedClock
) -> None:
    token = "link-sandbox-11111111-2222-3333-4444-555555555555"
    body = {"webhook_type": "LINK", "webhook_code": "SESSION_FINISHED", "status": "SUCCESS", "link_token": token}
    raw = json.dumps(body).encode()
    signature = app.providers.plaid_signature(raw, age_s=900)
    with intercept_calls(refuse_connection):
        assert app.deliver("plaid", ({"plaid-verification": signature}, raw)).status == 403
    messages = deferred_queue.drain()
    assert len(messages) == 1
    assert token not in json.dumps([*messages, *queue.drain()])
    assert deferred.process_messages(*messages) == []
    assert tables.event_outcomes() == ["ignored"]
    assert queue.drain() == []


@pytest.mark.parametrize("note", ["é" * 100_000, '"' * 100_000, "\U0001f600" * 50_000])
def test_deferred_message_is_small_however_large_the_body(app: App, deferred_queue: SqsQueue, note: str) -> None:
    order = {"user_id": "u", "event_type": "CONNECTION_ADDED", "connection_id": "c-1", "extra": {"note": note}}
    [caught] = app.providers.capture_webhooks("snaptrade", **order)
    with intercept_calls(refuse_connection):
        assert app.deliver("snaptrade", caught).json["status"] == "deferred"
    [message] = deferred_queue.drain()
    assert len(json.dumps(message)) < 8 * 1024
    assert deferred.process_messages(message) == []


def test_deferred_message_contains_no_secret_or_name(app: App, linked: LinkedSource, deferred_queue: SqsQueue) -> None:
    extra = {"webhookSecret": "the-webhook-secret", "userName": "Alice Example", "email": "alice@example.com"}
    with intercept_calls(refuse_connection):
        app.send_webhook(linked, extra=extra)
    written = json.dumps(deferred_queue.drain())
    assert linked.source_id in written
    assert [secret for secret in extra.values() if secret in written] == []


def test_queue_is_unused_while_store_responds(app: App, linked: LinkedSource) -> None:
    with intercept_calls(OperationRecorder(), "sqs") as calls:
        assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["marked"]
    assert calls.operations == []
