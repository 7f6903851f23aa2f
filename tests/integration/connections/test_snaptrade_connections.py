"""SnapTrade's events about connections and users: health, removal, and events that name only the user."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock


def list_statuses(app: App, cookie: str) -> list[tuple[str, str | None]]:
    listed = app.connections(cookie)
    return [(one["status"], one["status_reason"]) for one in listed]


def test_broken_connection_requires_reconnect(app: App, cookie: str, linked: LinkedSource) -> None:
    assert [answered.json["status"] for answered in app.send_webhook(linked, event_type="CONNECTION_BROKEN")] == [
        "status"
    ]
    assert list_statuses(app, cookie) == [("reconnect_required", "connection_disabled")]
    pending = app.pending(cookie, "snaptrade")
    assert (pending["reconnect_required"], pending["has_pending_updates"]) == (True, False)


def test_fixed_connection_is_ok_and_pending(app: App, cookie: str, linked: LinkedSource) -> None:
    app.send_webhook(linked, event_type="CONNECTION_BROKEN", age_s=10)
    app.send_webhook(linked, event_type="CONNECTION_FIXED")
    assert list_statuses(app, cookie) == [("ok", None)]
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True


def test_status_older_than_stored_one_is_outdated(app: App, cookie: str, linked: LinkedSource) -> None:
    app.send_webhook(linked, event_type="CONNECTION_FIXED", age_s=10)
    [late] = app.send_webhook(linked, event_type="CONNECTION_BROKEN", age_s=20)
    assert (late.status, late.json["status"]) == (200, "outdated")
    assert list_statuses(app, cookie) == [("ok", None)]


def test_outdated_status_still_records_update(app: App, cookie: str, linked: LinkedSource, tables: Tables) -> None:
    app.send_webhook(linked, event_type="CONNECTION_BROKEN", age_s=10)
    before = tables.generation("snaptrade", linked.source_id)
    [late] = app.send_webhook(linked, event_type="CONNECTION_FIXED", age_s=20)
    assert late.json["status"] == "marked"
    assert tables.generation("snaptrade", linked.source_id) == before + 1
    assert list_statuses(app, cookie) == [("reconnect_required", "connection_disabled")]


def test_event_naming_only_user_refreshes_all_connections(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    other = LinkedSource("snaptrade", *app.link_snaptrade(cookie, broker="FIDELITY"))
    assert app.refresh(cookie, "snaptrade").status == 200
    stopped_clock.advance(61)
    [marked] = app.send_webhook(linked, omit=["brokerageAuthorizationId"])
    assert marked.json["status"] == "marked"
    assert tables.generation("snaptrade", "*") == 1
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True

    app.providers.reset()
    assert app.refresh(cookie, "snaptrade").status == 200
    paths = [call["path"] for call in app.providers.calls("snaptrade", "/authorizations/")]
    assert set(paths) == {f"/authorizations/{one.source_id}/accounts" for one in (linked, other)}
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is False


def test_user_wide_event_beside_connection_event_refreshes_all(
    app: App, cookie: str, stopped_clock: StoppedClock
) -> None:
    """An event that names only the user may concern any of the connections."""
    connections = [app.link_snaptrade(cookie)[1], app.link_snaptrade(cookie, broker="FIDELITY")[1]]
    app.deliver_all("snaptrade")
    assert app.refresh(cookie, "snaptrade").status == 200
    stopped_clock.advance(61)
    [of_one] = app.providers.capture_webhooks("snaptrade", connection_id=connections[0])
    [of_all] = app.providers.capture_webhooks(
        "snaptrade", connection_id=connections[0], omit=["brokerageAuthorizationId"]
    )
    assert [app.deliver("snaptrade", one).status for one in (of_one, of_all)] == [200, 200]
    app.providers.reset()
    assert app.refresh(cookie, "snaptrade").status == 200
    asked = {call["path"] for call in app.providers.calls("snaptrade") if call["path"].endswith("/accounts")}
    assert asked == {f"/authorizations/{one}/accounts" for one in connections}
    assert not app.pending(cookie, "snaptrade")["has_pending_updates"]


def test_user_wide_update_stays_pending_while_one_connection_fails(
    app: App, cookie: str, linked: LinkedSource, stopped_clock: StoppedClock
) -> None:
    app.link_snaptrade(cookie, broker="FIDELITY")
    app.refresh(cookie, "snaptrade")
    stopped_clock.advance(61)
    app.send_webhook(linked, omit=["brokerageAuthorizationId"])
    app.providers.snaptrade("faults", path=f"/authorizations/{linked.source_id}/accounts", kind="status", status=500)
    assert app.refresh(cookie, "snaptrade").status == 200
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True


def test_webhook_of_unlisted_connection_records_update(app: App, cookie: str, tables: Tables) -> None:
    linked = LinkedSource("snaptrade", *app.link_snaptrade(cookie))
    assert tables.source("snaptrade", linked.source_id) is None
    assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["marked"]
    assert tables.generation("snaptrade", linked.source_id) == 1


def test_updates_of_unknown_user_are_kept_as_orphan(app: App, tables: Tables) -> None:
    orphaned = {"user_id": "user_of_an_older_backend", "connection_id": "c-1"}
    caught = app.providers.capture_webhooks("snaptrade", times=2, distinct=True, **orphaned)
    assert [app.deliver("snaptrade", one).json["status"] for one in caught] == ["orphan", "orphan"]
    item = tables.item("snaptrade", "user_of_an_older_backend")
    assert item is not None
    assert item["orphan_generation"] == 2
    assert "user_id" not in item
    assert item["expires_at"] > 0


def test_orphaned_updates_are_pending_after_link(app: App, cookie: str, tables: Tables) -> None:
    item_id, _ = app.link_snaptrade(cookie)
    tables.clear()
    cookie = app.sign_in()
    caught = app.providers.capture_webhooks("snaptrade", user_id=item_id, times=2, distinct=True)
    assert [app.deliver("snaptrade", one).json["status"] for one in caught] == ["orphan", "orphan"]
    assert app.pending(cookie, "snaptrade")["generation"] == 0
    app.holdings(cookie, "snaptrade")
    pending = app.pending(cookie, "snaptrade")
    assert (pending["has_pending_updates"], pending["generation"]) == (True, 2)
    item = tables.item("snaptrade", item_id)
    assert item is not None
    assert item.keys() == {"item", "user_id"}


def test_outdated_broken_status_is_corrected_by_next_refresh(
    app: App, cookie: str, linked: LinkedSource, stopped_clock: StoppedClock
) -> None:
    """The broken event arrives after the repair, whose event was lost; the refresh reads the current status."""
    [late] = app.send_webhook(linked, event_type="CONNECTION_BROKEN", age_s=20)
    assert late.json["status"] == "status"
    assert list_statuses(app, cookie) == [("reconnect_required", "connection_disabled")]
    app.refresh(cookie, "snaptrade")
    assert list_statuses(app, cookie) == [("ok", None)]


@pytest.mark.parametrize("named", [{}, {"brokerageAuthorizationId": "the attempt's"}])
def test_failed_connection_attempt_changes_no_status(
    app: App, linked: LinkedSource, tables: Tables, named: dict[str, str]
) -> None:
    before = tables.state()
    for kind in ("CONNECTION_FAILED", "CONNECTION_ATTEMPTED"):
        extra = {"connectionAttemptedResult": "INVALID_CREDENTIALS", **named}
        [answered] = app.send_webhook(linked, event_type=kind, extra=extra)
        assert answered.json["status"] == "ignored"
    assert tables.state() == before


def test_connection_of_another_user_reveals_nothing(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    other = app.sign_in("bob")
    before = tables.contents()
    app.providers.reset()
    for source_id in (linked.source_id, "nobody's"):
        ended = app.request(
            "DELETE /api/snaptrade/connections/{connection_id}", other, parameters={"connection_id": source_id}
        )
        repaired = app.request("POST /api/snaptrade/create-connection-url", other, body={"reconnect": source_id})
        assert (ended.status, ended.text) == (204, "")
        assert (repaired.status, repaired.json["detail"]) == (404, "No such connection.")
    assert app.providers.calls("snaptrade") == []
    assert tables.contents() == before
