"""An item that Plaid has ended: nothing is pending, nothing is fetched, and the user can remove it or connect anew."""

from typing import Any

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.status_checks import max_silence_s, run_status_check, source_row
from tests.support.fakes.clock import StoppedClock

DAY_S = 24 * 3600
ENDS = [
    ("INVALID_INPUT", "INVALID_ACCESS_TOKEN", "gone"),
    ("ITEM_ERROR", "ITEM_NOT_FOUND", "gone"),
    ("ITEM_ERROR", "ITEM_NOT_SUPPORTED", "item_not_supported"),
    ("ITEM_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED", "institution_no_longer_supported"),
    ("INVALID_INPUT", "USER_PERMISSION_REVOKED", "user_permission_revoked"),
]
each_end = pytest.mark.parametrize(("error_type", "code", "reason"), ENDS)


@pytest.fixture
def cookie(app: App) -> str:
    """Alice's session, valid however far the clock is moved."""
    return app.sign_in(lasts_s=10**9)


def end_item(app: App, linked: LinkedSource, error_type: str = "ITEM_ERROR", code: str = "ITEM_NOT_FOUND") -> None:
    """Have Plaid refuse every call about the item."""
    body = {"error_type": error_type, "error_code": code, "error_message": "x"}
    app.control(linked, "faults", path="/", kind="status", status=400, body=body)


def forget_item(app: App, linked: LinkedSource) -> None:
    """Have Plaid forget the item, as if it was removed elsewhere."""
    state = app.providers.plaid_simulator.state
    state["removed"].append(state["items"].pop(linked.item_id)["access_token"])


def ended_item(app: App, cookie: str, clock: StoppedClock) -> LinkedSource:
    """Link an item that Plaid then forgets, and find that out by a refresh."""
    linked = app.link_and_refresh(cookie, "plaid")
    clock.advance(61)
    app.trade(linked)
    forget_item(app, linked)
    assert app.refresh(cookie, "plaid").status == 404
    app.providers.reset()
    return linked


def list_connections(app: App, cookie: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = app.request("GET /connections", cookie).json["connections"]
    return listed


def disconnect(app: App, cookie: str, linked: LinkedSource) -> int:
    return app.request("DELETE /plaid/items/{item_id}", cookie, parameters={"item_id": linked.item_id}).status


def create_url(app: App, cookie: str, reconnect: str) -> dict[str, Any]:
    created = app.request("POST /plaid/create-connection-url", cookie, body={"reconnect": reconnect})
    assert created.status == 200, created.text
    body: dict[str, Any] = created.json
    return body


def complete(app: App, cookie: str, token: str) -> str:
    completed = app.request("POST /plaid/complete-connection", cookie, body={"link_token": token})
    assert completed.status == 201, completed.text
    item_id: str = completed.json["item_id"]
    return item_id


def connect_anew(app: App, cookie: str, ended: LinkedSource) -> str:
    created = create_url(app, cookie, ended.item_id)
    app.providers.plaid_hosted_link(created["connection_url"])
    return complete(app, cookie, created["link_token"])


@each_end
def test_ended_item_is_not_pending_and_not_called_again(
    app: App, cookie: str, stopped_clock: StoppedClock, error_type: str, code: str, reason: str
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    app.trade(linked)
    end_item(app, linked, error_type, code)
    assert app.refresh(cookie, "plaid").status == 404
    app.providers.http.delete(f"{app.providers.plaid_url}/_sim/calls")
    for body in (None, {"all": True}):
        again = app.refresh(cookie, "plaid", body)
        assert (again.status, again.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert app.providers.calls("plaid") == []
    [listed] = list_connections(app, cookie)
    assert (listed["status"], listed["status_reason"], listed["pending"]) == ("revoked", reason, False)
    assert app.pending(cookie)["has_pending_updates"] is False
    assert app.holdings(cookie)["holdings"]["portfolio_data"]["holdings"], "the last holdings stay"


def test_late_update_of_ended_item_is_not_pending(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = ended_item(app, cookie, stopped_clock)
    body = b'{"webhook_type":"HOLDINGS","webhook_code":"DEFAULT_UPDATE","item_id":"%s"}' % linked.item_id.encode()
    signed = {"plaid-verification": app.providers.plaid_signature(body)}
    assert app.deliver("plaid", (signed, body)).json["status"] == "marked"
    assert app.pending(cookie)["has_pending_updates"] is False


def test_update_waits_until_ended_item_works_again(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    app.trade(linked)
    end_item(app, linked)
    assert app.refresh(cookie, "plaid").status == 404
    app.providers.reset()
    app.send_webhook(linked, type="ITEM", code="LOGIN_REPAIRED")
    assert app.pending(cookie)["has_pending_updates"] is True
    assert app.refresh(cookie, "plaid").status == 200
    assert app.pending(cookie)["has_pending_updates"] is False


def test_ended_item_leaves_other_items_fresh(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    ended = ended_item(app, cookie, stopped_clock)
    other = app.link(cookie, "plaid")
    answered = app.refresh(cookie, "plaid")
    assert answered.status == 200, answered.text
    outcome = answered.json["holdings"]["portfolio_metadata"]["providers"]["plaid"]
    assert outcome["sources"][other.source_id]["status"] == "fresh"
    assert outcome["sources"][ended.source_id]["status"] == "reconnect_required"
    called = {call.get("item_id") for call in app.providers.calls("plaid")}
    assert ended.item_id not in called


def test_ended_item_does_not_keep_cooldown_after_outage(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    ended_item(app, cookie, stopped_clock)
    other = app.link(cookie, "plaid")
    app.control(other, "faults", path="/investments", kind="status", status=500)
    assert app.refresh(cookie, "plaid").status == 502
    assert app.pending(cookie, "plaid")["refresh_available_at"] is None


@each_end
def test_reconciler_ends_item_and_checks_it_no_more(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock, error_type: str, code: str, reason: str
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    generation = tables.generation("plaid", linked.source_id)
    app.providers.reset()
    end_item(app, linked, error_type, code)
    for _ in range(3):
        stopped_clock.advance(max_silence_s(linked))
        assert run_status_check(linked) == []
    row = source_row(tables, linked)
    assert (row["status"], row["status_reason"]) == ("revoked", reason)
    assert tables.generation("plaid", linked.source_id) == generation
    assert len(app.providers.calls("plaid")) == 1
    assert app.pending(cookie)["has_pending_updates"] is False


def test_reconciler_records_no_update_of_item_with_final_error(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    error = {"error_type": "ITEM_ERROR", "error_code": "USER_PERMISSION_REVOKED"}
    item = {"item_id": linked.item_id, "error": error}
    body = {"item": item, "status": {"investments": {"last_successful_update": "2027-01-01T00:00:00Z"}}}
    app.control(linked, "faults", path="/item/get", kind="status", status=200, body=body)
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    row = source_row(tables, linked)
    assert (row["status"], row["status_reason"], row["generation"]) == ("revoked", "user_permission_revoked", 1)


@each_end
def test_ended_item_can_be_removed(
    app: App, cookie: str, tables: Tables, error_type: str, code: str, reason: str
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    end_item(app, linked, error_type, code)
    assert disconnect(app, cookie, linked) == 204
    assert list_connections(app, cookie) == []
    assert tables.item("plaid", linked.item_id) is None
    assert tables.heads() == {}


def test_item_with_unknown_token_does_not_block_removal_of_everything(app: App, cookie: str) -> None:
    bad, good = app.link(cookie, "plaid"), app.link(cookie, "plaid")
    app.link(cookie, "snaptrade")
    app.providers.plaid_simulator.state["items"].pop(bad.item_id)
    assert app.request("DELETE /connections", cookie).status == 204
    assert list_connections(app, cookie) == []
    assert good.item_id not in app.providers.plaid_simulator.state["items"]


def test_reconnecting_ended_item_links_new_item_in_its_place(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    ended = ended_item(app, cookie, stopped_clock)
    new_id = connect_anew(app, cookie, ended)
    assert new_id != ended.item_id
    assert [one["source_id"] for one in list_connections(app, cookie)] == [new_id]
    assert tables.item("plaid", ended.item_id) is None
    assert app.pending(cookie)["has_pending_updates"] is True
    assert app.refresh(cookie, "plaid").status == 200


def test_item_found_ended_by_reconnecting_gets_new_session(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    forget_item(app, linked)
    created = create_url(app, cookie, linked.item_id)
    session = app.providers.plaid_simulator.state["link_sessions"][created["link_token"]]
    assert session["products"] == ["investments"]
    [listed] = list_connections(app, cookie)
    assert (listed["status"], listed["status_reason"]) == ("revoked", "gone")


def test_reconnecting_revoked_item_without_credential_leads_to_link(app: App, cookie: str) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    app.send_webhook(linked, type="ITEM", code="USER_PERMISSION_REVOKED")
    assert tasks_queue.process_messages({"kind": "end_access", "about": {"item_id": linked.item_id}}) == []
    new_id = connect_anew(app, cookie, linked)
    assert [one["source_id"] for one in list_connections(app, cookie)] == [new_id]


def test_cancelled_session_leaves_ended_item(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    ended = ended_item(app, cookie, stopped_clock)
    created = create_url(app, cookie, ended.item_id)
    completed = app.request("POST /plaid/complete-connection", cookie, body={"link_token": created["link_token"]})
    assert completed.status == 409
    [listed] = list_connections(app, cookie)
    assert (listed["source_id"], listed["status"]) == (ended.item_id, "revoked")


def test_new_item_of_another_institution_leaves_ended_item(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    ended = ended_item(app, cookie, stopped_clock)
    tables.dynamodb.update_item(
        TableName="update-state",
        Key={"user_id": {"S": "alice"}, "entry": {"S": f"source#plaid#{ended.item_id}"}},
        UpdateExpression="SET institution = :other",
        ExpressionAttributeValues={":other": {"S": "Another Bank"}},
    )
    new_id = connect_anew(app, cookie, ended)
    assert {one["source_id"] for one in list_connections(app, cookie)} == {ended.item_id, new_id}
    assert disconnect(app, cookie, ended) == 204


def test_repaired_item_is_not_replaced(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    end_item(app, linked)
    assert app.refresh(cookie, "plaid").status == 404
    app.providers.reset()
    created = create_url(app, cookie, linked.item_id)
    app.send_webhook(linked, type="ITEM", code="LOGIN_REPAIRED")
    app.providers.plaid_hosted_link(created["connection_url"])
    new_id = complete(app, cookie, created["link_token"])
    assert {one["source_id"] for one in list_connections(app, cookie)} == {linked.item_id, new_id}


def test_ended_item_that_cannot_be_replaced_does_not_fail_new_item(
    app: App, cookie: str, stopped_clock: StoppedClock
) -> None:
    ended = ended_item(app, cookie, stopped_clock)
    app.providers.plaid("faults", path="/item/remove", kind="status", status=500)
    new_id = connect_anew(app, cookie, ended)
    assert {one["source_id"] for one in list_connections(app, cookie)} == {ended.item_id, new_id}


def report_end(app: App, linked: LinkedSource) -> None:
    end_item(app, linked, "INSTITUTION_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED")


@pytest.mark.parametrize(("apart_s", "is_believed"), [(DAY_S - 1, False), (DAY_S, True)])
def test_institution_error_ends_item_only_when_repeated_a_day_later(
    app: App, cookie: str, stopped_clock: StoppedClock, apart_s: int, is_believed: bool
) -> None:
    linked = app.link(cookie, "plaid")
    report_end(app, linked)
    assert app.refresh(cookie, "plaid").status == 502
    assert app.refresh(cookie, "plaid").status == 502
    stopped_clock.advance(apart_s)
    assert app.refresh(cookie, "plaid").status == (404 if is_believed else 502)
    [listed] = list_connections(app, cookie)
    expected = ("revoked", "institution_no_longer_supported", False) if is_believed else ("ok", None, True)
    assert (listed["status"], listed["status_reason"], listed["pending"]) == expected


def test_success_clears_report_of_end(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link(cookie, "plaid")
    report_end(app, linked)
    assert app.refresh(cookie, "plaid").status == 502
    app.providers.reset()
    assert app.refresh(cookie, "plaid").status == 200
    stopped_clock.advance(DAY_S)
    report_end(app, linked)
    assert app.refresh(cookie, "plaid").status == 502
    stopped_clock.advance(DAY_S)
    assert app.refresh(cookie, "plaid").status == 404


def test_reconciler_believes_repeated_report_of_end(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    report_end(app, linked)
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    assert source_row(tables, linked)["end_reported_at"] == stopped_clock.now
    stopped_clock.advance(2 * DAY_S)
    assert run_status_check(linked) == []
    row = source_row(tables, linked)
    assert (row["status"], row["status_reason"]) == ("revoked", "institution_no_longer_supported")


def test_working_item_clears_report_of_end(app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    report_end(app, linked)
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    app.providers.reset()
    stopped_clock.advance(2 * DAY_S)
    assert run_status_check(linked) == []
    row = source_row(tables, linked)
    assert "end_reported_at" not in row
    assert row.get("status", "ok") == "ok"
