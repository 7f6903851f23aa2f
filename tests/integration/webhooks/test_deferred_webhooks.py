"""Webhooks that the store refuses fall back to SQS and are processed once from there (I6)."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from tests.e2e.waiting import PATIENCE_S, wait_until
from tests.support.aws.aws_calls import AwsCalls, FailingCall, error, intercept_calls, unreachable
from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, Linked, ProviderName
from tests.support.drivers.output import Output
from tests.support.drivers.tasks_queue import TasksQueue
from tests.support.fakes.clock import StoppedClock
from tidings.webhooks import receive

pytestmark = pytest.mark.invariant(id="I6")

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


@pytest.fixture(params=PROVIDERS)
def linked(app: App, cookie: str, request: pytest.FixtureRequest, stopped_clock: StoppedClock) -> Linked:
    """A source whose updates have been fetched."""
    return app.fetched(cookie, request.param)


@contextmanager
def hold_services(*services: str, then: Callable[[], None] = unreachable) -> Iterator[None]:
    """Hold all requests to the services without a response until the block ends."""
    released = threading.Event()

    def hold(**_: object) -> None:
        released.wait()
        then()

    with ExitStack() as stack:
        for service in services:
            stack.enter_context(intercept_calls(hold, service))
        try:
            yield
        finally:
            released.set()


def throttle_writes() -> FailingCall:
    return FailingCall("TransactWriteItems", error("ThrottlingException"))


def break_reads() -> FailingCall:
    return FailingCall("GetItem", error("InternalServerError"))


REFUSALS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "unreachable": lambda: intercept_calls(unreachable),
    "throttled": lambda: intercept_calls(throttle_writes()),
    "broken": lambda: intercept_calls(break_reads()),
    "forbidden": lambda: intercept_calls(FailingCall("TransactWriteItems", error("AccessDeniedException"))),
    "hanging": lambda: hold_services("dynamodb"),
}


@pytest.fixture
def short_store_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for the store; the queue keeps all the time it needs."""
    monkeypatch.setattr(receive, "STORE_UNTIL_S", 0.2)
    monkeypatch.setattr(receive, "LEAST_STORE_S", 0.2)
    monkeypatch.setattr(receive, "QUEUE_S", PATIENCE_S)


@pytest.mark.threat(id="lost-webhook")
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_webhook_refused_by_store_is_deferred_and_counted_once(
    app: App,
    linked: Linked,
    tables: Tables,
    deferred_queue: TasksQueue,
    short_store_timeout: None,
    refusal: Callable[[], AbstractContextManager[object]],
) -> None:
    [caught] = app.providers.webhooks(linked.provider, **linked.named)
    before = tables.generation(linked.provider, linked.source_id)
    with refusal():
        answered = app.deliver(linked.provider, caught)
    assert (answered.status, answered.json) == (200, {"status": "deferred"})
    assert tables.generation(linked.provider, linked.source_id) == before
    messages = deferred_queue.taken()
    assert len(messages) == 1
    assert deferred.do(*messages, *messages) == []
    assert app.deliver(linked.provider, caught).json["status"] == "duplicate"
    assert tables.generation(linked.provider, linked.source_id) == before + 1


def test_deferred_record_equals_direct_record(
    app: App, linked: Linked, tables: Tables, deferred_queue: TasksQueue, stopped_clock: StoppedClock
) -> None:
    [caught] = app.providers.webhooks(linked.provider, **linked.named)
    before = tables.rows("WebhookEventsTable")
    assert app.deliver(linked.provider, caught).status == 200
    taken_at_once = tables.rows("WebhookEventsTable")
    [recorded] = [row for row in taken_at_once if row not in before]
    tables.dynamodb.delete_item(TableName="webhook-events", Key={"event": {"S": recorded["event"]}})
    with intercept_calls(unreachable):
        assert app.deliver(linked.provider, caught).json["status"] == "deferred"
    stopped_clock.advance(7200)
    assert deferred.do(*deferred_queue.taken()) == []
    assert tables.rows("WebhookEventsTable") == taken_at_once


def test_provider_retry_before_queue_makes_message_duplicate(
    app: App, linked: Linked, tables: Tables, deferred_queue: TasksQueue, output: Output
) -> None:
    [caught] = app.providers.webhooks(linked.provider, **linked.named)
    before = tables.generation(linked.provider, linked.source_id)
    with intercept_calls(unreachable):
        app.deliver(linked.provider, caught)
    assert app.deliver(linked.provider, caught).json["status"] == "marked"
    assert deferred.do(*deferred_queue.taken()) == []
    assert tables.generation(linked.provider, linked.source_id) == before + 1
    assert [line["outcome"] for line in output.logged("webhook")] == ["deferred", "marked", "duplicate"]
    assert output.counted("WebhookDeferred") == 1


@pytest.mark.threat(id="lost-webhook")
def test_store_and_queue_down_returns_503_and_retry_is_counted(
    app: App, linked: Linked, tables: Tables, deferred_queue: TasksQueue
) -> None:
    [caught] = app.providers.webhooks(linked.provider, **linked.named)
    with intercept_calls(unreachable), intercept_calls(unreachable, "sqs"):
        answered = app.deliver(linked.provider, caught)
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    assert deferred_queue.taken() == []
    assert app.deliver(linked.provider, caught).json["status"] == "marked"


def test_store_and_queue_hanging_returns_503_in_time(
    app: App, linked: Linked, short_store_timeout: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "QUEUE_S", 0.2)
    [caught] = app.providers.webhooks(linked.provider, **linked.named)
    with hold_services("dynamodb", "sqs"):
        assert app.deliver(linked.provider, caught).status == 503


def test_hanging_store_that_commits_counts_webhook_once(
    app: App, linked: Linked, tables: Tables, deferred_queue: TasksQueue, short_store_timeout: None
) -> None:
    """The outcome of the write was unknown, so the queue has the webhook as well."""
    before = tables.generation(linked.provider, linked.source_id)
    with hold_services("dynamodb", then=lambda: None):
        assert [answered.json["status"] for answered in app.webhook(linked)] == ["deferred"]
    wait_until(lambda: tables.generation(linked.provider, linked.source_id) > before)
    assert deferred.do(*deferred_queue.taken()) == []
    assert tables.generation(linked.provider, linked.source_id) == before + 1


def test_failing_messages_alone_are_redelivered(
    app: App, linked: Linked, tables: Tables, deferred_queue: TasksQueue
) -> None:
    caught = [app.providers.webhooks(linked.provider, **linked.named)[0] for _ in range(2)]
    before = tables.generation(linked.provider, linked.source_id)
    with intercept_calls(unreachable):
        for one in caught:
            app.deliver(linked.provider, one)
        messages = deferred_queue.taken()
        assert deferred.do(*messages) == ["m0", "m1"]
    with intercept_calls(FailingCall("TransactWriteItems", error("InternalServerError"), times=1)):
        assert deferred.do(*messages) == ["m0"]
    assert deferred.do(messages[0]) == []
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
    assert deferred.do(message) == ["m0"]
    assert [line["problem"] for line in output.logged("refused")] == ["unknown-task"]


@pytest.mark.parametrize(("event", "outcome"), [("CONNECTION_DELETED", "removed"), ("USER_DELETED", "removed")])
def test_deferred_removal_is_applied(
    app: App, cookie: str, tables: Tables, deferred_queue: TasksQueue, output: Output, event: str, outcome: str
) -> None:
    linked = app.link(cookie, "snaptrade")
    tables.registered_long_ago(linked.item_id)
    with intercept_calls(unreachable):
        assert [answered.status for answered in app.webhook(linked, event_type=event)] == [200]
    assert deferred.do(*deferred_queue.taken()) == []
    assert tables.source("snaptrade", linked.source_id) is None
    assert [line["outcome"] for line in output.logged("webhook")][-2:] == ["deferred", outcome]


def test_deferred_revocation_sets_status_and_queues_task(
    app: App, cookie: str, tables: Tables, queue: TasksQueue, deferred_queue: TasksQueue
) -> None:
    linked = app.link(cookie, "plaid")
    with intercept_calls(unreachable):
        app.webhook(linked, type="ITEM", code="USER_PERMISSION_REVOKED")
    assert queue.taken() == []
    assert deferred.do(*deferred_queue.taken()) == []
    row = tables.source("plaid", linked.source_id)
    assert row is not None
    assert row["status"] == "revoked"
    assert queue.taken() == [{"kind": "end_access", "about": {"item_id": linked.item_id}}]


def test_deferred_status_keeps_its_condition(app: App, cookie: str, tables: Tables, deferred_queue: TasksQueue) -> None:
    linked = app.link(cookie, "plaid")
    app.webhook(linked, type="ITEM", code="ERROR")
    with intercept_calls(unreachable):
        app.webhook(linked, type="ITEM", code="PENDING_DISCONNECT")
    assert deferred.do(*deferred_queue.taken()) == []
    row = tables.source("plaid", linked.source_id)
    assert row is not None
    assert row["status"] == "reconnect_required"


def test_deferred_orphan_update_is_counted(app: App, tables: Tables, deferred_queue: TasksQueue) -> None:
    [caught] = app.providers.webhooks("plaid", item_id="nobody-s")
    with intercept_calls(unreachable):
        assert app.deliver("plaid", caught).json["status"] == "deferred"
    assert deferred.do(*deferred_queue.taken()) == []
    item = tables.item("plaid", "nobody-s")
    assert item is not None
    assert item["orphan_generation"] == 1


def test_link_session_token_goes_only_to_tasks_queue(
    app: App, queue: TasksQueue, deferred_queue: TasksQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAID_WEBHOOK_URL", f"{app.providers.catcher.url}/plaid")
    cookie = app.sign_in()
    made = app.request("POST /plaid/create-connection-url", cookie, body={})
    app.providers.plaid_hosted_link(made.json["connection_url"])
    with intercept_calls(unreachable):
        assert [answered.json["status"] for answered in app.deliver_all("plaid")] == ["deferred"]
    assert deferred_queue.taken() == []
    assert tasks_queue.do(*queue.taken()) == []
    assert len(app.request("GET /connections", cookie).json["connections"]) == 1


def test_deferred_message_contains_no_secret_or_name(app: App, linked: Linked, deferred_queue: TasksQueue) -> None:
    extra = {"webhookSecret": "the-webhook-secret", "userName": "Alice Example", "email": "alice@example.com"}
    with intercept_calls(unreachable):
        app.webhook(linked, extra=extra)
    written = json.dumps(deferred_queue.taken())
    assert linked.source_id in written
    assert [secret for secret in extra.values() if secret in written] == []


def test_queue_is_unused_while_store_responds(app: App, linked: Linked) -> None:
    with intercept_calls(AwsCalls(), "sqs") as calls:
        assert [answered.json["status"] for answered in app.webhook(linked)] == ["marked"]
    assert calls.made == []
