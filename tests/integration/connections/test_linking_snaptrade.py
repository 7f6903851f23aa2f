"""Connecting through SnapTrade: the user is registered once, under a lease, and sent to the portal."""

import hashlib

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN, ApiResponse
from tests.support.drivers.app import App
from tests.support.drivers.loopback import loopback
from tests.support.fakes.clock import StoppedClock
from tidings.model import ItemKey
from tidings.store import registration_leases

REGISTER = "/snapTrade/registerUser"


def create_url(app: App, cookie: str, **body: object) -> ApiResponse:
    return app.request("POST /api/snaptrade/create-connection-url", cookie, body=body)


def test_first_connect_registers_user_and_stores_mapping(app: App, cookie: str, tables: Tables) -> None:
    made = create_url(app, cookie)
    assert made.status == 200
    assert made.json.keys() == {"connection_url", "expires_at"}
    user_id = f"user_{hashlib.sha256(app.email().encode()).hexdigest()[:16]}"
    item = tables.item("snaptrade", user_id)
    assert item is not None
    assert (item["user_id"], item["credential_version"]) == ("alice", 1)
    assert "registering_until" not in item
    assert tables.source("snaptrade", "*") is not None


def test_second_connect_does_not_register_again(app: App, cookie: str) -> None:
    create_url(app, cookie)
    assert create_url(app, cookie).status == 200
    assert len(app.providers.calls("snaptrade", REGISTER)) == 1
    assert len(app.providers.calls("snaptrade", "/snapTrade/login")) == 2


def test_registration_without_email_uses_long_id(app: App, tables: Tables) -> None:
    assert create_url(app, app.sign_in(f"carol-{app.run}", email=False)).status == 200
    [item] = tables.rows("ProviderItemsTable")
    assert len(item["item"]) == len("snaptrade#user_") + 32


def test_snaptrade_portal_returns_to_allowed_page(app: App, cookie: str) -> None:
    made = create_url(app, cookie, redirect_uri=f"{ORIGIN}/connected", broker="FIDELITY")
    assert loopback.post(made.json["connection_url"]).headers["location"].startswith(f"{ORIGIN}/connected?")


def test_new_snaptrade_connection_is_pending(app: App, cookie: str) -> None:
    linked = app.link(cookie, "snaptrade")
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is True
    [listed] = app.connections(cookie)
    assert (listed["source_id"], listed["pending"]) == (linked.source_id, True)


def test_snaptrade_reconnect_repairs_connection(app: App, cookie: str) -> None:
    linked = app.link(cookie, "snaptrade")
    app.control(linked, "break")
    app.deliver_all("snaptrade")
    made = create_url(app, cookie, reconnect=linked.source_id, redirect_uri=f"{ORIGIN}/")
    assert app.providers.snaptrade_portal(made.json["connection_url"]) == (linked.item_id, linked.source_id)
    app.deliver_all("snaptrade")
    [listed] = app.connections(cookie)
    assert listed["status"] == "ok"


def test_reconnect_of_unknown_connection_is_404(app: App, cookie: str) -> None:
    assert create_url(app, cookie, reconnect="c-1").status == 404
    assert app.providers.calls("snaptrade") == []


@pytest.mark.parametrize(("status", "may_be_registered"), [(429, False), (500, True)])
def test_failed_registration_ends_lease(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock, status: int, may_be_registered: bool
) -> None:
    app.providers.snaptrade("faults", path=REGISTER, kind="status", status=status, times=1)
    assert create_url(app, cookie).status in {429, 502}
    until = [row.get("registering_until") for row in tables.rows("ProviderItemsTable")]
    assert until == [stopped_clock.now if may_be_registered else None]
    assert tables.rows("UpdateStateTable") == []
    assert create_url(app, cookie).status == 200


def test_concurrent_registration_is_409(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    user_id = f"user_{hashlib.sha256(app.email().encode()).hexdigest()[:16]}"
    registration_leases.acquire(ItemKey("snaptrade", user_id), "alice", stopped_clock.now, stopped_clock.now + 30_000)
    assert create_url(app, cookie).status == 409
    assert app.providers.calls("snaptrade") == []
    stopped_clock.advance(30)
    assert create_url(app, cookie).status == 200


def test_user_known_only_to_snaptrade_requires_reconnect(app: App, cookie: str, tables: Tables) -> None:
    create_url(app, cookie)
    tables.clear()
    refused = create_url(app, app.sign_in())
    assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert [row.get("registering_until") for row in tables.rows("ProviderItemsTable")] == [None]


def test_mapping_of_shared_email_stays_with_first_user(app: App, cookie: str, tables: Tables) -> None:
    create_url(app, cookie)
    namesake = app.sign_in("bob", address=app.email("alice"))
    app.providers.reset()
    before = tables.contents()
    assert create_url(app, namesake).status in {404, 409}
    assert tables.contents() == before
    assert app.providers.calls("snaptrade") == []


def test_snaptrade_user_secret_is_stored_encrypted(app: App, cookie: str, tables: Tables) -> None:
    item_id, _ = app.link_snaptrade(cookie)
    users = loopback.get(f"{app.providers.snaptrade_url}/_sim/users").json()["users"]
    [secret] = [user["user_secret"] for user in users if user["user_id"] == item_id]
    assert secret not in repr(tables.contents())
