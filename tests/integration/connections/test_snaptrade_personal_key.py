"""A personal key belongs to the first user who connects; no other user sees its data."""

from collections.abc import Iterator

import pytest

from local.simulators.snaptrade import users
from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.loopback import loopback
from tidings.model import ItemKey
from tidings.store import credentials, item_links
from tidings.store.sources import SourceKey

CONNECT = "POST /api/snaptrade/create-connection-url"


@pytest.fixture(autouse=True)
def personal_key(app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    simulator = app.providers.snaptrade_simulator
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
    monkeypatch.setattr(simulator, "is_personal", True)
    person = users.ensure_personal_user(simulator)
    yield
    del simulator.state["users"][person["user_id"]]


def list_connections(app: App, cookie: str) -> list[str]:
    return [one["source_id"] for one in app.connections(cookie)]


def test_personal_key_user_connects_fetches_and_receives_updates(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    assert app.holdings(cookie)["holdings"]["portfolio_data"]["holdings"]
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is False
    assert {answered.json["status"] for answered in app.trade(linked)} == {"marked"}
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True
    assert app.refresh(cookie, "snaptrade").status == 200
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is False
    assert [row["item"] for row in tables.rows("ProviderItemsTable")] == ["snaptrade#personal"]
    paths = {call["path"] for call in app.providers.calls("snaptrade")}
    assert not {path for path in paths if path.startswith("/snapTrade/") and path != "/snapTrade/login"}


@pytest.mark.parametrize("order", [{}, {"shape": "oauth_v1"}, {"omit": ["userId"]}, {"extra": {"userId": "a uuid"}}])
def test_personal_key_events_always_concern_its_user(
    app: App, cookie: str, linked: LinkedSource, order: dict[str, object]
) -> None:
    assert [answered.json["status"] for answered in app.send_webhook(linked, **order)] == ["marked"]
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True


def test_existing_connection_of_personal_key_is_pending(app: App, cookie: str) -> None:
    made = app.providers.snaptrade("connect", user_id="whoever", broker="FIDELITY", silent=True)
    assert app.request(CONNECT, cookie, body={}).status == 200
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True
    assert app.refresh(cookie, "snaptrade").status == 200
    assert list_connections(app, cookie) == [made["connection_id"]]


def test_personal_key_belongs_to_first_user_alone(app: App, cookie: str, linked: LinkedSource, tables: Tables) -> None:
    other = app.sign_in("bob")
    before = tables.contents() | {"UpdateStateTable": tables.update_state()}
    for body in ({}, {"replace": True}):
        refused = app.request(CONNECT, other, body=body)
        assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:conflict")
    assert app.request(CONNECT, other, body={"reconnect": linked.source_id}).status == 404
    assert app.holdings(other, "snaptrade")["holdings"]["portfolio_data"]["holdings"] == []
    assert app.refresh(other, "snaptrade").json["holdings"]["portfolio_data"]["holdings"] == []
    assert app.request("DELETE /connections", other).status == 204
    assert tables.contents() | {"UpdateStateTable": tables.update_state()} == before
    assert list_connections(app, cookie) == [linked.source_id]


def test_read_does_not_take_personal_key(app: App, cookie: str, tables: Tables) -> None:
    app.holdings(cookie, "snaptrade")
    app.refresh(cookie, "snaptrade")
    assert tables.rows("ProviderItemsTable") == []


def test_commercial_credential_does_not_open_personal_key_data(app: App, cookie: str, tables: Tables) -> None:
    """The deployment changed from a commercial key to a personal key."""
    key = SourceKey.wildcard("bob", ItemKey("snaptrade", "user_of_the_other_key"))
    other = app.sign_in("bob")
    item_links.link_item(key, credentials.encrypt(key, "a secret"))
    refused = app.refresh(other, "snaptrade")
    assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert app.providers.calls("snaptrade") == []
    assert app.request("DELETE /connections", other).status == 204
    assert app.providers.calls("snaptrade") == []
    assert tables.rows("ProviderItemsTable") == []


def test_commercial_key_cannot_use_personal_item(
    app: App, cookie: str, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deployment changed from a personal key to a commercial key; no SnapTrade user is deleted for it."""
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "commercial")
    monkeypatch.setattr(app.providers.snaptrade_simulator, "is_personal", False)
    app.providers.reset()
    assert app.refresh(cookie, "snaptrade").status == 409
    assert app.request("DELETE /connections", cookie).status == 204
    assert app.providers.calls("snaptrade", "/snapTrade/deleteUser") == []


def test_disconnect_all_with_personal_key_keeps_snaptrade_user(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    app.link_snaptrade(cookie, broker="FIDELITY")
    assert app.request("DELETE /connections", cookie).status == 204
    [person] = [
        user
        for user in loopback.get(f"{app.providers.snaptrade_url}/_sim/users").json()["users"]
        if user["user_id"] == app.providers.snaptrade_simulator.personal_user_id
    ]
    assert person["connections"] == []
    assert tables.rows("ProviderItemsTable") == tables.rows("HoldingsTable") == []
    assert [row["entry"] for row in tables.update_state()] == ["claim#snaptrade"], "the cooldown runs"
    assert app.request(CONNECT, app.sign_in("bob"), body={}).status == 200, "it is free again"


def test_disconnect_with_personal_key_removes_connection_at_snaptrade(
    app: App, cookie: str, linked: LinkedSource
) -> None:
    assert app.disconnect(cookie, linked).status == 204
    assert app.providers.snaptrade_simulator.state["users"][linked.item_id]["connections"] == {}


@pytest.mark.parametrize("connection", [{}, {"connection_id": "c-1"}])
def test_unconfirmed_user_deletion_with_personal_key_removes_nothing(
    app: App, cookie: str, linked: LinkedSource, connection: dict[str, str]
) -> None:
    [caught] = app.providers.capture_webhooks("snaptrade", user_id="another", event_type="USER_DELETED", **connection)
    assert app.deliver("snaptrade", caught).json["status"] == "marked"
    assert app.refresh(cookie, "snaptrade").status == 200
    assert list_connections(app, cookie) == [linked.source_id]
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is False


def test_personal_key_reconnect_repairs_connection(app: App, cookie: str, linked: LinkedSource) -> None:
    app.control(linked, "break")
    app.deliver_all("snaptrade")
    made = app.request(CONNECT, cookie, body={"reconnect": linked.source_id, "redirect_uri": f"{ORIGIN}/"})
    assert app.providers.snaptrade_portal(made.json["connection_url"])[1] == linked.source_id
    app.deliver_all("snaptrade")
    assert app.pending(cookie, "snaptrade")["reconnect_required"] is False


def test_rejected_personal_key_is_503_misconfigured(app: App, cookie: str, linked: LinkedSource) -> None:
    refusal = {"detail": "Invalid clientId provided", "status_code": 401, "code": "1083"}
    app.providers.snaptrade("faults", path="/authorizations", kind="status", status=401, body=refusal)
    refused = app.refresh(cookie, "snaptrade")
    assert (refused.status, refused.json["type"]) == (503, "urn:tidings:problem:provider-misconfigured")
    assert app.pending(cookie, "snaptrade")["reconnect_required"] is False
