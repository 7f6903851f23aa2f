"""The first GET of SnapTrade holdings maps a user whom an older backend registered."""

import hashlib

import pytest

from tests.support.aws.aws_calls import OperationRecorder
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App


def derive_legacy_id(app: App) -> str:
    return f"user_{hashlib.sha256(app.email().encode()).hexdigest()[:16]}"


def test_backfill_creates_mapping_once(app: App, cookie: str, tables: Tables) -> None:
    app.holdings(cookie, "snaptrade")
    item = tables.item("snaptrade", derive_legacy_id(app))
    assert item == {"item": f"snaptrade#{derive_legacy_id(app)}", "user_id": "alice"}
    row = tables.source("snaptrade", "*")
    assert row is not None
    assert (row["item"], row.get("generation", 0)) == (item["item"], 0)
    before = tables.contents()
    app.holdings(cookie, "snaptrade")
    assert tables.contents() == before


def test_backfill_adds_no_connection_and_no_update(app: App, cookie: str) -> None:
    app.holdings(cookie, "snaptrade")
    assert app.connections(cookie) == []
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is False


def test_backfill_calls_no_provider(app: App, cookie: str) -> None:
    app.holdings(cookie, "snaptrade")
    assert app.providers.calls("snaptrade") == []


@pytest.mark.parametrize("route", ["GET /holdings", "GET /plaid/holdings", "GET /pending-updates"])
def test_other_routes_do_not_backfill(app: App, cookie: str, tables: Tables, route: str) -> None:
    app.request(route, cookie)
    assert tables.rows("ProviderItemsTable") == []


def test_backfill_skips_user_without_email(app: App, tables: Tables) -> None:
    app.holdings(app.sign_in(email=False), "snaptrade")
    assert tables.rows("ProviderItemsTable") == []


def test_backfill_keeps_mapping_of_another_user(app: App, cookie: str, tables: Tables) -> None:
    app.holdings(cookie, "snaptrade")
    before = tables.contents()
    namesake = app.sign_in("bob", address=app.email("alice"))
    before = {**before, "SessionsTable": tables.rows("SessionsTable")}
    assert app.holdings(namesake, "snaptrade")["holdings"]["portfolio_data"]["holdings"] == []
    assert tables.contents() == before


def test_backfill_skips_connected_user(app: App, cookie: str, tables: Tables, store_calls: OperationRecorder) -> None:
    app.link(cookie, "snaptrade")
    store_calls.operations.clear()
    app.holdings(cookie, "snaptrade")
    assert store_calls.operations == ["GetItem", "Query", "Query"]
