"""`tidings users delete` leaves nothing of the user in any table or queue."""

import hashlib
import json
from collections.abc import Iterator
from secrets import token_hex

import boto3
import pytest

from tests.support.aws.account import DEFERRED_WEBHOOKS, RECONCILE, TABLES, TASKS
from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers import reconcile_queue, tasks_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.operator import Operator, drain_queue
from tests.support.fakes.clock import StoppedClock

PLAID_ORDERS: list[dict[str, object]] = [
    {},
    {"variant": "stale"},
    {"type": "ITEM", "code": "PENDING_DISCONNECT"},
]
SNAPTRADE_ORDERS: list[dict[str, object]] = [
    {},
    {"variant": "stale"},
    {"omit": ["eventTimestamp"]},
    {"event_type": "CONNECTION_BROKEN"},
]


@pytest.fixture
def eve(operator: Operator) -> str:
    """A user id that stands in no other word."""
    return f"eve-{token_hex(6)}"


def stored_texts(tables: Tables) -> Iterator[tuple[str, str]]:
    """Yield every row and every queued message as text, with its place."""
    for table in TABLES:
        for row in tables.rows(table):
            yield table, json.dumps(row, default=repr)
    sqs = boto3.client("sqs")
    for queue in (TASKS, DEFERRED_WEBHOOKS, RECONCILE):
        for message in drain_queue(sqs.get_queue_url(QueueName=queue)["QueueUrl"]):
            yield queue, message


def find_traces(tables: Tables, words: set[str]) -> list[tuple[str, str, str]]:
    return [(place, word, text) for place, text in stored_texts(tables) for word in words if word in text]


def lead_a_full_life(app: App, cookie: str, stopped_clock: StoppedClock) -> list[LinkedSource]:
    """Link both providers; refresh, poll, get webhooks of every kind, and change connections."""
    sources = [app.link(cookie, "plaid"), app.link(cookie, "snaptrade")]
    assert app.refresh(cookie).status == 200
    app.request("POST /plaid/create-connection-url", cookie, body={})
    plaid, snaptrade = sources
    for order in PLAID_ORDERS:
        app.send_webhook(plaid, **order)
    for order in SNAPTRADE_ORDERS:
        app.send_webhook(snaptrade, **order)
    stopped_clock.advance(61)
    app.refresh(cookie)
    tasks_queue.process_messages(*tasks_queue.SqsQueue.connect().drain())
    deferred.process_messages(*deferred.connect_queue().drain())
    reconcile_queue.connect_queue().drain()
    return sources


def test_deleted_user_leaves_no_trace(
    operator: Operator, app: App, tables: Tables, eve: str, stopped_clock: StoppedClock
) -> None:
    cookie = app.sign_in(eve)
    email = app.email(eve)
    sources = lead_a_full_life(app, cookie, stopped_clock)
    words = {eve, email, hashlib.sha256(email.encode()).hexdigest()[:16]}
    words |= {word for one in sources for word in (one.item_id, one.source_id)}
    assert {place for place, _, _ in find_traces(tables, words)} >= {
        "ProviderItemsTable",
        "UpdateStateTable",
        "HoldingsTable",
        "SessionsTable",
        "LinkSessionsTable",
        "ProviderBudgetsTable",
        "WebhookEventsTable",
    }
    kinds = ("CONNECTION_DELETED", "USER_DELETED", "CONNECTION_FAILED")
    late = [
        caught
        for kind in kinds
        for caught in app.providers.capture_webhooks("snaptrade", event_type=kind, **sources[1].control_arguments)
    ]
    said = operator.run("users", "delete", eve)
    assert (said.code, said.err) == (0, "")
    assert find_traces(tables, words) == []
    app.deliver_all("snaptrade")  # what SnapTrade says of the deletion itself
    assert [app.deliver("snaptrade", caught).json["status"] for caught in late] == ["removed", "removed", "ignored"]
    assert find_traces(tables, words) == []


def test_webhooks_of_connections_ended_before_are_blanked(
    operator: Operator, app: App, tables: Tables, eve: str, stopped_clock: StoppedClock
) -> None:
    """The SnapTrade user's id is a hash of the e-mail, by which the command finds it again."""
    cookie = app.sign_in(eve)
    [_, snaptrade] = lead_a_full_life(app, cookie, stopped_clock)
    [late] = app.providers.capture_webhooks("snaptrade", **snaptrade.control_arguments)
    assert app.request("DELETE /connections", cookie).status == 204
    assert app.deliver("snaptrade", late).json["status"] == "orphan"
    assert find_traces(tables, {snaptrade.item_id})
    assert operator.run("users", "delete", eve).code == 0
    assert find_traces(tables, {snaptrade.item_id}) == []


def test_replay_for_deleted_user_is_duplicate(
    operator: Operator, app: App, tables: Tables, eve: str, stopped_clock: StoppedClock
) -> None:
    linked = app.link(app.sign_in(eve), "snaptrade")
    [caught] = app.providers.capture_webhooks("snaptrade", **linked.control_arguments)
    assert app.deliver("snaptrade", caught).json["status"] == "marked"
    assert operator.run("users", "delete", eve).code == 0
    assert app.deliver("snaptrade", caught).json["status"] == "duplicate"
    assert find_traces(tables, {linked.item_id}) == []


def test_deletion_spares_webhooks_of_other_users(
    operator: Operator, app: App, tables: Tables, eve: str, stopped_clock: StoppedClock
) -> None:
    app.link(app.sign_in(eve), "snaptrade")
    other = app.link(app.sign_in("alice"), "snaptrade")
    before = find_traces(tables, {other.item_id})
    assert operator.run("users", "delete", eve).code == 0
    assert find_traces(tables, {other.item_id}) == before


def test_dry_run_counts_webhooks_and_blanks_none(operator: Operator, app: App, tables: Tables, eve: str) -> None:
    app.link(app.sign_in(eve), "snaptrade")
    before = tables.contents()
    said = operator.run("users", "delete", "--dry-run", eve)
    assert said.out.splitlines()[-1].endswith(", 1 webhooks")
    assert tables.contents() == before


def test_untimed_webhooks_of_earlier_version_are_ended_once(operator: Operator, app: App, tables: Tables) -> None:
    key = {"event": {"S": "snaptrade#old"}}
    texts = {"kind": {"S": "K"}, "outcome": {"S": "marked"}, "item": {"S": "snaptrade#user_1"}}
    tables.dynamodb.put_item(TableName="webhook-events", Item={**key, **texts, "received_at": {"N": "1790000000000"}})
    assert operator.run("events", "end-untimed").out == "1 webhook ended.\n"
    assert operator.run("events", "end-untimed").out == "0 webhooks ended.\n"
