"""Plaid announces expiry and revocation: which status is shown, and which data is deleted."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.aws.aws_calls import intercept_calls, refuse_connection
from tests.support.aws.tables import Tables
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.plaid_link import complete, create_public_token, finish_session
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock


@pytest.fixture
def linked(app: App, cookie: str, stopped_clock: StoppedClock) -> LinkedSource:
    """An item whose updates have been fetched."""
    return app.link_and_refresh(cookie, "plaid")


def send_item_event(app: App, linked: LinkedSource, code: str, **extra: object) -> str:
    [answered] = app.send_webhook(linked, type="ITEM", code=code, extra=extra)
    assert answered.status == 200, answered.text
    outcome: str = answered.json["status"]
    return outcome


def read_status(app: App, cookie: str) -> tuple[str, str | None]:
    [one] = app.connections(cookie)
    return one["status"], one["status_reason"]


def refresh_later(app: App, cookie: str, clock: StoppedClock, status: int = 200) -> Any:  # noqa: ANN401 - JSON
    clock.advance(61)
    answered = app.refresh(cookie, "plaid")
    assert answered.status == status, answered.text
    return answered.json


def reconnect(app: App, cookie: str, linked: LinkedSource) -> None:
    session = finish_session(app, cookie, reconnect=linked.source_id)
    assert complete(app, cookie, session).status == 201


# --- Expiry


def parse_date(reason: str | None) -> datetime:
    return datetime.fromisoformat(str(reason).partition(":")[2])


@pytest.mark.parametrize("code", ["PENDING_EXPIRATION", "PENDING_DISCONNECT"])
def test_expiry_with_date_stays_until_date_passes(
    app: App, cookie: str, linked: LinkedSource, stopped_clock: StoppedClock, code: str
) -> None:
    assert send_item_event(app, linked, code) == "status"
    status, reason = read_status(app, cookie)
    assert status == "expiring"
    assert timedelta(days=6) < parse_date(reason) - datetime.fromtimestamp(
        stopped_clock.now / 1000, parse_date(reason).tzinfo
    )
    assert app.pending(cookie, "plaid")["reconnect_required"] is False, "it still works"
    assert refresh_later(app, cookie, stopped_clock)["holdings"]["portfolio_data"]["holdings"] != []
    assert read_status(app, cookie) == ("expiring", reason)
    stopped_clock.advance(8 * 24 * 3600)
    refresh_later(app, app.sign_in(lasts_s=30 * 24 * 3600), stopped_clock)
    assert read_status(app, cookie) == ("ok", None), "the date went by, and it works"


def test_reconnect_clears_expiry(app: App, cookie: str, linked: LinkedSource) -> None:
    send_item_event(app, linked, "PENDING_DISCONNECT")
    reconnect(app, cookie, linked)
    assert read_status(app, cookie) == ("ok", None)


def test_login_repaired_clears_expiry(app: App, cookie: str, linked: LinkedSource) -> None:
    send_item_event(app, linked, "PENDING_EXPIRATION")
    send_item_event(app, linked, "LOGIN_REPAIRED")
    assert read_status(app, cookie) == ("ok", None)


@pytest.mark.parametrize("code", ["PENDING_EXPIRATION", "NEW_ACCOUNTS_AVAILABLE"])
def test_warning_keeps_broken_login_visible(app: App, cookie: str, linked: LinkedSource, code: str) -> None:
    send_item_event(app, linked, "ERROR")
    assert send_item_event(app, linked, code) == "outdated"
    assert read_status(app, cookie) == ("reconnect_required", "item_login_required")


def test_broken_login_replaces_expiry(app: App, cookie: str, linked: LinkedSource) -> None:
    send_item_event(app, linked, "PENDING_EXPIRATION")
    send_item_event(app, linked, "ERROR")
    assert read_status(app, cookie) == ("reconnect_required", "item_login_required")


# --- New accounts


def test_new_accounts_stay_offered_until_reconnect(
    app: App, cookie: str, linked: LinkedSource, stopped_clock: StoppedClock
) -> None:
    assert send_item_event(app, linked, "NEW_ACCOUNTS_AVAILABLE") == "status"
    assert read_status(app, cookie) == ("ok", "new_accounts_available")
    assert not app.pending(cookie, "plaid")["has_pending_updates"]
    refresh_later(app, cookie, stopped_clock)
    assert read_status(app, cookie) == ("ok", "new_accounts_available")
    reconnect(app, cookie, linked)
    assert read_status(app, cookie) == ("ok", None)
    assert app.pending(cookie, "plaid")["has_pending_updates"], "the accounts' holdings are to be fetched"


def test_account_selection_is_shown_for_new_accounts(
    app: App, cookie: str, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def request_selection() -> object:
        app.request("POST /plaid/create-connection-url", cookie, body={"reconnect": linked.source_id})
        sessions = list(app.providers.plaid_simulator.state["link_sessions"].values())
        return sessions[-1]["account_selection"]

    assert request_selection() is False
    send_item_event(app, linked, "NEW_ACCOUNTS_AVAILABLE")
    assert request_selection() is True


# --- Revocation


def test_revoked_item_is_deleted_with_reason(
    app: App, cookie: str, linked: LinkedSource, queue: SqsQueue, tables: Tables, stopped_clock: StoppedClock
) -> None:
    app.send_webhook(linked)  # an update that can no longer be fetched
    assert send_item_event(app, linked, "USER_PERMISSION_REVOKED") == "status"
    assert read_status(app, cookie) == ("revoked", "user_permission_revoked")
    messages = queue.drain()
    assert messages == [{"kind": "end_access", "about": {"item_id": linked.item_id}}]
    assert tasks_queue.process_messages(*messages) == []
    item = tables.item("plaid", linked.item_id)
    assert item is not None
    assert "credential" not in item
    assert tables.rows("HoldingsTable") == []
    assert app.holdings(cookie)["holdings"]["portfolio_data"]["holdings"] == []
    assert read_status(app, cookie) == ("revoked", "user_permission_revoked")
    pending = app.pending(cookie, "plaid")
    assert (pending["has_pending_updates"], pending["reconnect_required"]) == (False, True)
    refresh_later(app, cookie, stopped_clock, 409)
    assert read_status(app, cookie) == ("revoked", "user_permission_revoked")
    before = tables.source("plaid", linked.source_id)
    assert tasks_queue.process_messages(*messages) == []
    again = tables.source("plaid", linked.source_id)
    assert before is not None
    assert again is not None
    assert again.keys() - before.keys() == set()
    assert (again["seen_generation"], again["status_version"]) == (before["generation"], before["status_version"])


def test_revoked_item_is_deletable_and_not_repaired(
    app: App, cookie: str, linked: LinkedSource, queue: SqsQueue
) -> None:
    send_item_event(app, linked, "USER_PERMISSION_REVOKED")
    tasks_queue.process_messages(*queue.drain())
    created = app.request("POST /plaid/create-connection-url", cookie, body={"reconnect": linked.source_id})
    assert app.providers.plaid_simulator.state["link_sessions"][created.json["link_token"]]["products"]
    assert app.disconnect(cookie, linked).status == 204
    assert app.connections(cookie) == []


def test_revocation_leaves_other_items_working(
    app: App, cookie: str, linked: LinkedSource, queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    app.link(cookie, "plaid")
    send_item_event(app, linked, "USER_PERMISSION_REVOKED")
    tasks_queue.process_messages(*queue.drain())
    for _ in range(2):  # first for an update, then without one
        sources = refresh_later(app, cookie, stopped_clock)["holdings"]["portfolio_metadata"]["providers"]["plaid"][
            "sources"
        ]
        assert sorted(one["status"] for one in sources.values()) == ["fresh", "reconnect_required"]
    statuses = {one["status"] for one in app.connections(cookie)}
    assert statuses == {"ok", "revoked"}


@pytest.mark.parametrize("repaired", ["LOGIN_REPAIRED", "update mode"])
def test_repair_before_task_keeps_data(
    app: App, cookie: str, linked: LinkedSource, queue: SqsQueue, tables: Tables, repaired: str
) -> None:
    send_item_event(app, linked, "USER_PERMISSION_REVOKED")
    if repaired == "update mode":
        reconnect(app, cookie, linked)
    else:
        send_item_event(app, linked, repaired)
    before = tables.contents()
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert tables.contents() == before


def test_duplicate_revocation_queues_task_again(app: App, linked: LinkedSource, queue: SqsQueue) -> None:
    """The first delivery may have been killed between the status and the task."""
    [caught] = app.providers.capture_webhooks(
        "plaid", **linked.control_arguments, type="ITEM", code="USER_PERMISSION_REVOKED"
    )
    assert [app.deliver("plaid", caught).json["status"] for _ in range(2)] == ["status", "duplicate"]
    assert len(queue.drain()) == 2


def test_revocation_returns_503_while_queue_is_down(app: App, linked: LinkedSource, queue: SqsQueue) -> None:
    [caught] = app.providers.capture_webhooks(
        "plaid", **linked.control_arguments, type="ITEM", code="USER_PERMISSION_REVOKED"
    )
    with intercept_calls(refuse_connection, "sqs"):
        assert app.deliver("plaid", caught).status == 503
    assert app.deliver("plaid", caught).status == 200
    assert queue.drain() == [{"kind": "end_access", "about": {"item_id": linked.item_id}}]


def test_revocation_of_unlinked_item_deletes_nothing(app: App, queue: SqsQueue) -> None:
    token = create_public_token(app)
    item_id = app.providers.plaid_simulator.state["public_tokens"][token]["item_id"]
    assert send_item_event(app, LinkedSource("plaid", item_id, item_id), "USER_PERMISSION_REVOKED") == "orphan"
    assert queue.drain() == []
    assert tasks_queue.process_messages({"kind": "end_access", "about": {"item_id": item_id}}) == []


def read_account_ids(app: App, cookie: str) -> set[str]:
    data = app.holdings(cookie)["holdings"]["portfolio_data"]
    return {position["account_id"] for row in data["holdings"] for position in row["sources"]} | {
        account["account_id"] for account in data["accounts"]
    }


def test_revoked_account_is_removed_from_holdings(
    app: App, cookie: str, linked: LinkedSource, queue: SqsQueue, tables: Tables, stopped_clock: StoppedClock
) -> None:
    before = read_account_ids(app, cookie)
    gone = min(before)
    assert len(before) > 1
    assert send_item_event(app, linked, "USER_ACCOUNT_REVOKED", account_id=gone) == "marked"
    messages = queue.drain()
    assert messages == [{"kind": "forget_account", "about": {"item_id": linked.item_id, "account_id": gone}}]
    assert tasks_queue.process_messages(*messages) == []
    assert read_account_ids(app, cookie) == before - {gone}
    [head] = tables.heads().values()
    parts = [row for row in tables.rows("HoldingsTable") if "content" in row]
    assert len(parts) == head["parts"], "nothing is left of what was stored before"
    assert read_status(app, cookie) == ("revoked", "user_account_revoked")
    assert app.pending(cookie, "plaid")["has_pending_updates"]
    assert tasks_queue.process_messages(*messages, {"kind": "end_access", "about": {"item_id": linked.item_id}}) == []
    assert read_account_ids(app, cookie) == before - {gone}, "neither twice nor the whole item"
    item = app.providers.plaid_simulator.state["items"][linked.item_id]
    item["positions"] = [held for held in item["positions"] if held["account_id"] != gone]
    item["accounts"] = [account for account in item["accounts"] if account["account_id"] != gone]
    refresh_later(app, cookie, stopped_clock)
    assert read_status(app, cookie) == ("ok", None)
    assert read_account_ids(app, cookie) == before - {gone}


def test_revoked_account_without_holdings_succeeds(app: App, cookie: str) -> None:
    linked = app.link(cookie, "plaid")
    message = {"kind": "forget_account", "about": {"item_id": linked.item_id, "account_id": "account"}}
    assert tasks_queue.process_messages(message) == []
