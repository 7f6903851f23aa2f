"""An item that Plaid has ended: connecting anew links another item in its place."""

from tests.integration.connections.ended_items import end_item, ended_item, forget_item
from tests.support.aws.tables import Tables
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.plaid_link import complete, create_session, finish_session
from tests.support.fakes.clock import StoppedClock


def connect_anew(app: App, cookie: str, ended: LinkedSource) -> str:
    completed = complete(app, cookie, finish_session(app, cookie, reconnect=ended.item_id))
    assert completed.status == 201, completed.text
    item_id: str = completed.json["item_id"]
    return item_id


def test_reconnecting_ended_item_links_new_item_in_its_place(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    ended = ended_item(app, cookie, stopped_clock)
    new_id = connect_anew(app, cookie, ended)
    assert new_id != ended.item_id
    assert [one["source_id"] for one in app.connections(cookie)] == [new_id]
    assert tables.item("plaid", ended.item_id) is None
    assert app.pending(cookie)["has_pending_updates"] is True
    assert app.refresh(cookie, "plaid").status == 200


def test_item_found_ended_by_reconnecting_gets_new_session(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    forget_item(app, linked)
    token, _ = create_session(app, cookie, reconnect=linked.item_id)
    session = app.providers.plaid_simulator.state["link_sessions"][token]
    assert session["products"] == ["investments"]
    [listed] = app.connections(cookie)
    assert (listed["status"], listed["status_reason"]) == ("revoked", "gone")


def test_reconnecting_revoked_item_without_credential_leads_to_link(app: App, cookie: str) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    app.send_webhook(linked, type="ITEM", code="USER_PERMISSION_REVOKED")
    assert tasks_queue.process_messages({"kind": "end_access", "about": {"item_id": linked.item_id}}) == []
    new_id = connect_anew(app, cookie, linked)
    assert [one["source_id"] for one in app.connections(cookie)] == [new_id]


def test_cancelled_session_leaves_ended_item(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    ended = ended_item(app, cookie, stopped_clock)
    token, _ = create_session(app, cookie, reconnect=ended.item_id)
    assert complete(app, cookie, token).status == 409
    [listed] = app.connections(cookie)
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
    assert {one["source_id"] for one in app.connections(cookie)} == {ended.item_id, new_id}
    assert app.disconnect(cookie, ended).status == 204


def test_repaired_item_is_not_replaced(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    end_item(app, linked)
    assert app.refresh(cookie, "plaid").status == 404
    app.providers.reset()
    token, url = create_session(app, cookie, reconnect=linked.item_id)
    app.send_webhook(linked, type="ITEM", code="LOGIN_REPAIRED")
    app.providers.plaid_hosted_link(url)
    new_id = complete(app, cookie, token).json["item_id"]
    assert {one["source_id"] for one in app.connections(cookie)} == {linked.item_id, new_id}


def test_ended_item_that_cannot_be_replaced_does_not_fail_new_item(
    app: App, cookie: str, stopped_clock: StoppedClock
) -> None:
    ended = ended_item(app, cookie, stopped_clock)
    app.providers.plaid("faults", path="/item/remove", kind="status", status=500)
    new_id = connect_anew(app, cookie, ended)
    assert {one["source_id"] for one in app.connections(cookie)} == {ended.item_id, new_id}
