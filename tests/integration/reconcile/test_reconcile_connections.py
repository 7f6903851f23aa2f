"""The reconciler confirms statuses, discovers connections and removes those that are gone."""

from typing import Any

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import (
    logged_outcomes,
    max_silence_s,
    run_status_check,
    source_row,
    update_source_row,
)
from tests.support.fakes.clock import StoppedClock

GONE = {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}


def _list(app: App, made: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": made["connection_id"], "brokerage": {"name": "Fidelity"}, "disabled": False}]


def test_check_records_broken_login_and_repair(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock, output: Output
) -> None:
    app.control(linked, "break")
    app.providers.reset()
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    assert source_row(tables, linked)["status"] == "reconnect_required"
    app.control(linked, "repair")
    stopped_clock.advance(3600)
    assert run_status_check(linked) == []
    assert source_row(tables, linked)["status"] == "ok"
    assert [text.split(", ")[:2] for text in logged_outcomes(output)] == [
        ["silent", "1 status"],
        ["reconnect", "1 status"],
    ]


def test_working_login_keeps_expiring_status(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    app.send_webhook(linked, type="ITEM", code="PENDING_DISCONNECT")
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    assert source_row(tables, linked)["status"] == "expiring"


def test_check_revokes_item_unknown_to_plaid(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    body = {"error_type": "ITEM_ERROR", "error_code": "ITEM_NOT_FOUND", "error_message": "gone"}
    app.control(linked, "faults", path="/item/get", kind="status", status=400, body=body)
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    row = source_row(tables, linked)
    assert (row["status"], row["status_reason"]) == ("revoked", "gone")


def test_check_finds_new_and_removes_gone_connections(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock, output: Output
) -> None:
    linked = app.link_and_refresh(cookie, "snaptrade")
    made = app.providers.snaptrade("connect", user_id=linked.item_id, broker="FIDELITY", silent=True)
    app.control(linked, "faults", path=f"/authorizations/{linked.source_id}", kind="status", status=404, body=GONE)
    app.providers.snaptrade("faults", path="/authorizations", kind="status", status=200, body=_list(app, made), times=1)
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    assert tables.source("snaptrade", linked.source_id) is None
    assert tables.heads() == {}
    assert tables.generation("snaptrade", made["connection_id"]) == 1
    assert logged_outcomes(output) == ["silent, 1 found, 1 gone, 1 marked"]


def test_check_finds_first_connection_of_user(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    """CONNECTION_ADDED was lost: only the row for all connections exists."""
    item_id, connection_id = app.link_snaptrade(cookie)
    app.providers.catcher.drain("/snaptrade")
    stopped_clock.advance(26 * 3600)
    assert run_status_check(LinkedSource("snaptrade", item_id, connection_id)) == []
    assert tables.generation("snaptrade", connection_id) == 1
    assert app.pending(cookie)["has_pending_updates"]


def test_removed_connection_is_not_rediscovered(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "snaptrade")
    other = LinkedSource("snaptrade", *app.link_snaptrade(cookie, broker="ALPACA"))
    assert app.refresh(cookie, "snaptrade").status in {200, 429}
    app.send_webhook(linked, event_type="CONNECTION_DELETED")
    update_source_row(
        tables, LinkedSource("snaptrade", other.item_id, "*"), "SET check_due = :n", n=stopped_clock.now + 1
    )
    stopped_clock.advance(2)
    assert run_status_check(linked) == []
    assert tables.source("snaptrade", linked.source_id) is None
