"""Which sources get a paid-refresh task, and what happens while our queue or key service is down."""

from tests.support.aws.aws_calls import intercept_calls, refuse_connection
from tests.support.aws.tables import Tables
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.paid_refreshes import PAID, paid_calls, paid_refresh_status, request_paid_refresh
from tests.support.drivers.tasks_queue import SqsQueue


def test_paid_refresh_queues_task_for_each_source(app: App, cookie: str, queue: SqsQueue, paid: None) -> None:
    sources = [app.link(cookie, "plaid"), app.link(cookie, "plaid"), app.link(cookie, "snaptrade")]
    accepted = app.refresh(cookie, None, PAID)
    assert (accepted.status, accepted.json["status_url"]) == (202, "/holdings/refresh")
    messages = queue.drain()
    assert sorted(message["about"]["source_id"] for message in messages) == sorted(one.source_id for one in sources)
    assert tasks_queue.process_messages(*messages) == []
    assert len(paid_calls(app)) == 3
    assert {one["status"] for one in paid_refresh_status(app, cookie)["providers"].values()} == {"pulling"}


def test_cooling_down_provider_lets_other_paid_refresh_start(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    other: ProviderName = "snaptrade" if paid_source.provider == "plaid" else "plaid"
    app.link_and_refresh(cookie, other)
    accepted = app.refresh(cookie, None, PAID)
    assert accepted.status == 202
    state = accepted.json["providers"]
    assert state[paid_source.provider]["status"] == "pulling"
    assert (state[other]["status"], state[other]["reason"]) == ("unavailable", "cooling_down")
    assert 0 < state[other]["retry_after"] <= 60
    assert len(queue.drain()) == 1


def test_paid_refresh_without_connection_takes_no_cooldown(
    app: App, cookie: str, queue: SqsQueue, tables: Tables, paid: None
) -> None:
    accepted = app.refresh(cookie, None, PAID)
    assert accepted.status == 202
    assert {one["reason"] for one in accepted.json["providers"].values()} == {"not_connected"}
    assert queue.drain() == tables.rows("UpdateStateTable") == []
    assert {one["status"] for one in paid_refresh_status(app, cookie)["providers"].values()} == {"idle"}


def test_paid_refresh_of_other_user_is_hidden_and_refused(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    other = app.sign_in("bob")
    assert (
        app.refresh(other, paid_source.provider, PAID).json["providers"][paid_source.provider]["reason"]
        == "not_connected"
    )
    request_paid_refresh(app, cookie, paid_source)
    [message] = queue.drain()
    assert paid_refresh_status(app, other, paid_source.provider) == {
        "status": "idle", "reason": None, "requested_at": None, "retry_after": None, "sources": {}
    }  # fmt: skip
    message["about"]["user_id"] = "bob"
    assert tasks_queue.process_messages(message) == []
    assert paid_calls(app) == []


def test_unlinked_source_gets_no_paid_refresh(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    path = f"/plaid/items/{paid_source.item_id}" if paid_source.provider == "plaid" else "/connections"
    name = "item_id" if paid_source.provider == "plaid" else ""
    route = "DELETE /plaid/items/{item_id}" if name else f"DELETE {path}"
    assert app.request(route, cookie, parameters={name: paid_source.item_id} if name else {}).status == 204
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert paid_calls(app) == []
    assert paid_refresh_status(app, cookie, paid_source.provider)["sources"] == {}


def test_queue_outage_returns_503_and_releases_cooldown(
    app: App, cookie: str, paid_source: LinkedSource, tables: Tables
) -> None:
    with intercept_calls(refuse_connection, "sqs"):
        refused = app.refresh(cookie, paid_source.provider, PAID)
    assert (refused.status, refused.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    state = paid_refresh_status(app, cookie, paid_source.provider)
    assert (state["status"], state["reason"]) == ("failed", "store_unavailable")
    assert tables.cooldown(paid_source.provider)["retry_at"] == 0  # type: ignore[index]
    assert app.refresh(cookie, paid_source.provider, PAID).status == 202


def test_undecryptable_credential_retries_task_and_calls_once(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    [message] = queue.drain()
    with intercept_calls(refuse_connection, "kms"):
        assert tasks_queue.process_messages(message) == ["m0"]
    assert paid_calls(app) == []
    assert tasks_queue.process_messages(message) == []
    assert len(paid_calls(app)) == 1
