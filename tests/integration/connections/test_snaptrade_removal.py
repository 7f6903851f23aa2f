"""A connection deleted at SnapTrade is removed with its holdings and is not restored (I8)."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource


def list_connections(app: App, cookie: str) -> list[str]:
    return [one["source_id"] for one in app.connections(cookie)]


def test_deleted_connection_is_removed_with_holdings(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    assert tables.heads()
    [answered] = app.send_webhook(linked, event_type="CONNECTION_DELETED")
    assert (answered.status, answered.json["status"]) == (200, "removed")
    assert tables.source("snaptrade", linked.source_id) is None
    assert tables.rows("HoldingsTable") == []
    assert list_connections(app, cookie) == []
    assert app.holdings(cookie)["holdings"]["portfolio_data"]["holdings"] == []


def test_deletion_event_keeps_other_connection(app: App, cookie: str, linked: LinkedSource, tables: Tables) -> None:
    other = LinkedSource("snaptrade", *app.link_snaptrade(cookie, broker="FIDELITY"))
    app.refresh(cookie, "snaptrade")
    app.send_webhook(linked, event_type="CONNECTION_DELETED")
    assert list_connections(app, cookie) == [other.source_id]
    assert set(tables.heads()) == {f"snaptrade#{other.source_id}"}


def test_second_deletion_event_is_duplicate(app: App, linked: LinkedSource) -> None:
    caught = app.providers.capture_webhooks(
        "snaptrade", event_type="CONNECTION_DELETED", times=2, **linked.control_arguments
    )
    assert [app.deliver("snaptrade", one).json["status"] for one in caught] == ["removed", "duplicate"]


def test_delayed_event_does_not_restore_removed_connection(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    app.send_webhook(linked, event_type="CONNECTION_DELETED")
    before = tables.contents()
    [late] = app.send_webhook(linked, event_type="ACCOUNT_HOLDINGS_UPDATED", age_s=20)
    assert (late.status, late.json["status"]) == (200, "outdated")
    assert tables.contents() == before


@pytest.mark.invariant(id="I8")
def test_stale_provider_list_does_not_restore_removed_connection(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    app.send_webhook(linked, event_type="CONNECTION_DELETED")
    refreshed = app.refresh(cookie, "snaptrade")
    assert refreshed.status == 200
    assert app.providers.calls("snaptrade", "/authorizations"), "SnapTrade still lists it"
    assert tables.heads() == {}
    assert list_connections(app, cookie) == []


def test_connection_missing_from_list_is_kept_until_confirmed_gone(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    app.providers.snaptrade("faults", path="/authorizations", kind="status", status=200, body=[], times=1)
    assert app.refresh(cookie, "snaptrade").status == 200
    assert list_connections(app, cookie) == [linked.source_id]
    assert set(tables.heads()) == {f"snaptrade#{linked.source_id}"}


def test_refresh_removes_connection_confirmed_gone(app: App, cookie: str, linked: LinkedSource, tables: Tables) -> None:
    gone = {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}
    app.providers.snaptrade("faults", path="/authorizations/", kind="status", status=404, body=gone)
    app.providers.snaptrade("faults", path="/authorizations", kind="status", status=200, body=[])
    refreshed = app.refresh(cookie, "snaptrade")
    assert refreshed.status == 200
    assert refreshed.json["holdings"]["portfolio_data"]["holdings"] == []
    assert list_connections(app, cookie) == []
    assert tables.rows("HoldingsTable") == []


def test_user_deletion_event_removes_everything(app: App, cookie: str, linked: LinkedSource, tables: Tables) -> None:
    app.link_snaptrade(cookie, broker="FIDELITY")
    app.refresh(cookie, "snaptrade")
    tables.backdate_registration(linked.item_id)
    [answered] = app.send_webhook(linked, event_type="USER_DELETED")
    assert (answered.status, answered.json["status"]) == (200, "removed")
    assert tables.item("snaptrade", linked.item_id) is None
    assert [row["entry"] for row in tables.rows("UpdateStateTable")] == ["claim#snaptrade"]
    assert tables.rows("HoldingsTable") == []


def test_deletion_event_naming_only_user_records_update(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    [answered] = app.send_webhook(linked, event_type="CONNECTION_DELETED", omit=["brokerageAuthorizationId"])
    assert answered.json["status"] == "marked"
    assert list_connections(app, cookie) == [linked.source_id]
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True


def test_deletion_event_of_unlinked_connection_is_200(app: App, tables: Tables) -> None:
    for event in ("CONNECTION_DELETED", "USER_DELETED"):
        [caught] = app.providers.capture_webhooks(
            "snaptrade", user_id="nobody's", connection_id="c-1", event_type=event
        )
        assert app.deliver("snaptrade", caught).status == 200
    assert tables.rows("UpdateStateTable") == []
    assert tables.rows("ProviderItemsTable") == []
