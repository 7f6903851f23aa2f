"""LINK:SESSION_FINISHED completes a connection once, even if the browser never returns."""

import json
from dataclasses import dataclass

import pytest

from tests.support.aws.aws_calls import intercept_calls, refuse_connection
from tests.support.aws.tables import Tables
from tests.support.drivers import tasks_queue
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.providers import CapturedWebhook
from tests.support.fakes.signed_webhooks import plaid_body


@pytest.fixture(autouse=True)
def _webhook_address(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plaid posts the webhook of a finished session to the address in its link token."""
    monkeypatch.setenv("PLAID_WEBHOOK_URL", f"{app.providers.catcher.url}/plaid")


@dataclass
class Session:
    """A Hosted Link session that alice has finished in the portal."""

    app: App
    cookie: str
    token: str

    @classmethod
    def create(cls, app: App, **body: object) -> "Session":
        cookie = app.sign_in()
        made = app.request("POST /plaid/create-connection-url", cookie, body=body)
        assert made.status == 200, made.text
        app.providers.plaid_hosted_link(made.json["connection_url"])
        return cls(app, cookie, made.json["link_token"])

    def sign_webhook(self, **fields: object) -> CapturedWebhook:
        """Sign the webhook of this finished session as Plaid does."""
        return sign_webhook(self.app, self.token, **fields)

    def complete_in_browser(self) -> ApiResponse:
        return self.app.request("POST /plaid/complete-connection", self.cookie, body={"link_token": self.token})

    def list_connections(self) -> list[tuple[str, str, bool]]:
        listed = self.app.connections(self.cookie)
        return [(one["source_id"], one["status"], one["pending"]) for one in listed]


def sign_webhook(app: App, token: str, **fields: object) -> CapturedWebhook:
    payload = {
        "webhook_type": "LINK",
        "webhook_code": "SESSION_FINISHED",
        "status": "SUCCESS",
        "link_session_id": "session",
        "link_token": token,
        "public_tokens": ["public-sandbox-of-nobody"],
        "environment": "sandbox",
        **fields,
    }
    body = plaid_body(payload)
    return {"plaid-verification": app.providers.plaid_signature(body)}, body


def test_finished_session_is_queued_with_link_token_only(app: App, queue: SqsQueue) -> None:
    session = Session.create(app)
    [answered] = app.deliver_all("plaid")
    assert (answered.status, answered.json) == (200, {"status": "queued"})
    assert queue.drain() == [{"kind": "complete_connection", "about": {"link_token": session.token}}]
    assert session.list_connections() == [], "the webhook function can exchange nothing"
    assert app.providers.calls("plaid", "/item/public_token/exchange") == []


def test_completion_task_links_item_for_session_user(app: App, queue: SqsQueue) -> None:
    session = Session.create(app)
    app.deliver_all("plaid")
    assert tasks_queue.process_messages(*queue.drain()) == []
    [(item_id, status, pending)] = session.list_connections()
    assert (status, pending) == ("ok", True)
    assert app.refresh(session.cookie, "plaid").status == 200
    assert app.holdings(session.cookie)["holdings"]["portfolio_data"]["holdings"] != []
    assert app.providers.plaid_simulator.state["items"][item_id]["client_user_id"] == "alice"


@pytest.mark.parametrize("first", ["browser", "webhook"])
def test_second_completion_returns_first_result(app: App, queue: SqsQueue, tables: Tables, first: str) -> None:
    session = Session.create(app)
    app.deliver_all("plaid")
    if first == "browser":
        assert session.complete_in_browser().status == 201
    assert tasks_queue.process_messages(*queue.drain()) == []
    [(item_id, _, _)] = session.list_connections()
    assert session.complete_in_browser().json["item_id"] == item_id
    assert tables.generation("plaid", item_id) == 1
    assert len(app.providers.calls("plaid", "/item/public_token/exchange")) == 1


def test_duplicate_completion_task_changes_nothing(app: App, queue: SqsQueue, tables: Tables) -> None:
    Session.create(app)
    app.deliver_all("plaid")
    [message] = queue.drain()
    assert tasks_queue.process_messages(message) == []
    before = tables.contents()
    assert tasks_queue.process_messages(message, message) == []
    assert tables.contents() == before


def test_session_of_another_deployment_is_ignored(app: App, queue: SqsQueue, tables: Tables) -> None:
    before = tables.state()
    answered = app.deliver("plaid", sign_webhook(app, "link-sandbox-of-somebody-else"))
    assert (answered.status, answered.json["status"]) == (200, "ignored")
    assert queue.drain() == []
    assert tables.state() == before


@pytest.mark.parametrize("fields", [{"status": "EXITED", "public_tokens": []}, {"status": None}, {"link_token": None}])
def test_unsuccessful_session_is_ignored(app: App, queue: SqsQueue, fields: dict[str, object]) -> None:
    session = Session.create(app)
    assert app.deliver("plaid", session.sign_webhook(**fields)).json["status"] == "ignored"
    assert queue.drain() == []


@pytest.mark.parametrize("variant", ["unsigned", "tampered"])
def test_forged_session_webhook_queues_nothing(app: App, queue: SqsQueue, variant: str) -> None:
    headers, body = Session.create(app).sign_webhook()
    forged: CapturedWebhook = ({}, body) if variant == "unsigned" else (headers, body.replace(b"session", b"sess-on"))
    assert app.deliver("plaid", forged).status == 403
    assert queue.drain() == []


def test_duplicate_session_event_is_queued_once(app: App, queue: SqsQueue, tables: Tables) -> None:
    [caught] = [Session.create(app).sign_webhook()]
    outcomes = [app.deliver("plaid", caught).json["status"] for _ in range(3)]
    assert outcomes == ["queued", "duplicate", "duplicate"]
    assert len(queue.drain()) == 1
    assert [row["outcome"] for row in tables.rows("WebhookEventsTable")] == ["queued"]


def test_session_event_without_queue_is_503_and_not_logged(app: App, queue: SqsQueue, tables: Tables) -> None:
    caught = Session.create(app).sign_webhook()
    with intercept_calls(refuse_connection, "sqs"):
        answered = app.deliver("plaid", caught)
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    assert tables.rows("WebhookEventsTable") == []
    assert app.deliver("plaid", caught).json["status"] == "queued"
    assert len(queue.drain()) == 1


def test_completion_task_succeeds_after_plaid_outage(app: App, queue: SqsQueue) -> None:
    session = Session.create(app)
    app.deliver_all("plaid")
    [message] = queue.drain()
    for path in ("/link/token/get", "/item/public_token/exchange"):
        app.providers.plaid("faults", path=path, kind="status", status=500, times=1)
        assert tasks_queue.process_messages(message) == ["m0"]
    assert tasks_queue.process_messages(message) == []
    assert len(session.list_connections()) == 1


def test_completion_task_of_unfinished_session_is_retried(app: App) -> None:
    cookie = app.sign_in()
    made = app.request("POST /plaid/create-connection-url", cookie, body={})
    message = {"kind": "complete_connection", "about": {"link_token": made.json["link_token"]}}
    assert tasks_queue.process_messages(message) == ["m0"]
    app.providers.plaid_hosted_link(made.json["connection_url"])
    assert tasks_queue.process_messages(message) == []


def test_completion_task_of_expired_session_is_dropped(
    app: App, queue: SqsQueue, stopped_clock: StoppedClock, output: Output
) -> None:
    session = Session.create(app)
    app.deliver_all("plaid")
    stopped_clock.advance(5 * 3600)
    assert tasks_queue.process_messages(*queue.drain()) == []
    [dropped] = output.lines_with_message("task dropped")
    assert (dropped["kind"], dropped["problem"]) == ("complete_connection", "not-found")
    assert app.providers.calls("plaid", "/item/public_token/exchange") == []
    assert session.token not in output.text


def test_unknown_task_message_fails_alone(app: App, queue: SqsQueue, output: Output) -> None:
    session = Session.create(app)
    app.deliver_all("plaid")
    unknown = {"kind": "something_new", "about": {}}
    bad = ["no JSON", "[]", "null", {"kind": "complete_connection"}, {"kind": "end_access", "about": {}}]
    assert tasks_queue.process_messages(unknown, *queue.drain(), *bad) == ["m0", "m2", "m3", "m4", "m5", "m6"]
    assert len(session.list_connections()) == 1
    assert output.metric_sum("Task", kind="complete_connection") == 1
    assert output.metric_sum("TaskFailed", kind="unknown") == 5


def test_update_mode_repairs_item_and_records_update(app: App, queue: SqsQueue, tables: Tables) -> None:
    cookie = app.sign_in()
    linked = app.link_and_refresh(cookie, "plaid")
    app.send_webhook(linked, type="ITEM", code="ERROR")
    before = tables.generation("plaid", linked.source_id)
    session = Session.create(app, reconnect=linked.source_id)
    app.deliver("plaid", session.sign_webhook(public_tokens=[]))
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert session.list_connections() == [(linked.source_id, "ok", True)]
    assert session.complete_in_browser().json["item_id"] == linked.source_id
    assert tables.generation("plaid", linked.source_id) == before + 1, "once, whoever was first"


def test_abandoned_update_mode_repairs_nothing(app: App, queue: SqsQueue) -> None:
    linked = app.link_and_refresh(app.sign_in(), "plaid")
    app.send_webhook(linked, type="ITEM", code="ERROR")
    session = Session.create(app, reconnect=linked.source_id)
    left = {"link_sessions": [{"link_session_id": "s", "finished_at": "2026-01-01T00:00:00Z", "exit": {"error": None}}]}
    app.providers.plaid("faults", path="/link/token/get", kind="status", status=200, body=left)
    app.deliver("plaid", session.sign_webhook(public_tokens=[]))
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert session.complete_in_browser().status == 404
    assert session.list_connections() == [(linked.source_id, "reconnect_required", False)]


def test_session_tokens_stay_out_of_logs_and_tables(app: App, queue: SqsQueue, tables: Tables, output: Output) -> None:
    session = Session.create(app)
    public = str(app.providers.plaid_simulator.state["link_sessions"][session.token]["public_token"])
    app.deliver_all("plaid")
    messages = queue.drain()
    app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=500, times=1)
    tasks_queue.process_messages(*messages, f"nonsense {session.token}")
    tasks_queue.process_messages(*messages)
    [item] = tables.rows("ProviderItemsTable")
    access = app.providers.plaid_simulator.state["items"][item["item"].removeprefix("plaid#")]["access_token"]
    for secret in (session.token, public, access):
        assert secret not in output.text
        assert secret not in repr(tables.contents())
        assert secret not in json.dumps(messages) or secret == session.token
