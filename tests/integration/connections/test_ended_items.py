"""An item that Plaid has ended: nothing is pending, nothing is fetched, and the user can remove it."""

import pytest

from tests.integration.connections.ended_items import end_item, ended_item
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.status_checks import max_silence_s, run_status_check, source_row
from tests.support.fakes.clock import StoppedClock

ENDS = [
    ("INVALID_INPUT", "INVALID_ACCESS_TOKEN", "gone"),
    ("ITEM_ERROR", "ITEM_NOT_FOUND", "gone"),
    ("ITEM_ERROR", "ITEM_NOT_SUPPORTED", "item_not_supported"),
    ("ITEM_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED", "institution_no_longer_supported"),
    ("INVALID_INPUT", "USER_PERMISSION_REVOKED", "user_permission_revoked"),
]
each_end = pytest.mark.parametrize(("error_type", "code", "reason"), ENDS)


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
    [listed] = app.connections(cookie)
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
    linked = ended_item(app, cookie, stopped_clock, end_item)
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
    assert app.disconnect(cookie, linked).status == 204
    assert app.connections(cookie) == []
    assert tables.item("plaid", linked.item_id) is None
    assert tables.heads() == {}


def test_item_with_unknown_token_does_not_block_removal_of_everything(app: App, cookie: str) -> None:
    bad, good = app.link(cookie, "plaid"), app.link(cookie, "plaid")
    app.link(cookie, "snaptrade")
    app.providers.plaid_simulator.state["items"].pop(bad.item_id)
    assert app.request("DELETE /connections", cookie).status == 204
    assert app.connections(cookie) == []
    assert good.item_id not in app.providers.plaid_simulator.state["items"]
