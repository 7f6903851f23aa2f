"""Linking Plaid items: Hosted Link bound to its user, embedded Link, each public token exchanged once."""

from typing import Any

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App
from tests.support.drivers.loopback import loopback
from tests.support.drivers.plaid_link import add_public_token, complete, create_public_token, create_session, exchange
from tests.support.fakes.clock import StoppedClock
from tidings.aws import clients


def test_hosted_link_creates_pending_item(app: App, cookie: str) -> None:
    made = app.request("POST /plaid/create-connection-url", cookie, body={})
    assert made.json.keys() == {"connection_url", "link_token", "expires_at"}
    app.providers.plaid_hosted_link(made.json["connection_url"])
    completed = complete(app, cookie, made.json["link_token"])
    assert completed.status == 201
    assert completed.json.keys() == {"item_id", "institution"}
    assert completed.json["institution"] == "First Platypus Bank"
    pending = app.pending(cookie, "plaid")
    assert (pending["has_pending_updates"], pending["generation"]) == (True, 1)


def test_link_token_carries_webhook_url(app: App, cookie: str) -> None:
    token, _ = create_session(app, cookie)
    session = app.providers.plaid_simulator.state["link_sessions"][token]
    assert session["webhook"] == "https://hooks.example.com/plaid"
    assert session["client_user_id"] == "alice"


def test_plaid_portal_returns_to_allowed_page(app: App, cookie: str) -> None:
    _, url = create_session(app, cookie, redirect_uri=f"{ORIGIN}/connected?from=plaid")
    assert loopback.post(url).headers["location"] == f"{ORIGIN}/connected?from=plaid"


def test_second_complete_call_returns_same_item(app: App, cookie: str, tables: Tables) -> None:
    token, url = create_session(app, cookie)
    app.providers.plaid_hosted_link(url)
    first, second = complete(app, cookie, token), complete(app, cookie, token)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert tables.generation("plaid", first.json["item_id"]) == 1
    assert len(app.providers.calls("plaid", "/item/public_token/exchange")) == 1


def test_complete_before_user_finishes_is_409(app: App, cookie: str, tables: Tables) -> None:
    token, _ = create_session(app, cookie)
    assert complete(app, cookie, token).status == 409
    assert tables.rows("ProviderItemsTable") == []


def test_link_token_of_another_user_is_404(app: App, cookie: str, tables: Tables) -> None:
    token, url = create_session(app, cookie)
    app.providers.plaid_hosted_link(url)
    thief = app.sign_in("mallory")
    app.providers.reset()
    before = tables.contents()
    assert complete(app, thief, token).status == 404
    assert tables.contents() == before
    assert app.providers.calls("plaid") == []
    assert complete(app, cookie, token).status == 201


def test_expired_link_token_is_404(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    token, url = create_session(app, cookie)
    app.providers.plaid_hosted_link(url)
    stopped_clock.advance(5 * 3600)
    assert complete(app, app.sign_in(lasts_s=24 * 3600), token).status == 404


def test_unknown_link_token_is_404(app: App, cookie: str) -> None:
    assert complete(app, cookie, "link-sandbox-unknown").status == 404
    assert app.providers.calls("plaid") == []


def test_exchange_links_item_of_public_token(app: App, cookie: str, tables: Tables) -> None:
    linked = exchange(app, cookie, create_public_token(app))
    assert linked.status == 201
    item = tables.item("plaid", linked.json["item_id"])
    assert item is not None
    assert item["user_id"] == "alice"
    assert linked.json["institution"] == "First Platypus Bank"


def test_second_exchange_returns_same_item(app: App, cookie: str, tables: Tables) -> None:
    token = create_public_token(app)
    first, second = exchange(app, cookie, token), exchange(app, cookie, token)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert tables.generation("plaid", first.json["item_id"]) == 1


def test_public_token_exchanged_by_another_user_is_404(app: App, cookie: str, tables: Tables) -> None:
    token = create_public_token(app)
    exchange(app, cookie, token)
    thief = app.sign_in("mallory")
    before = tables.contents()
    assert exchange(app, thief, token).status == 404
    assert tables.contents() == before


@pytest.mark.threat(id="account-takeover")
def test_exchange_for_item_of_another_user_is_409(app: App, cookie: str, tables: Tables) -> None:
    item_id = app.link_plaid(cookie)
    before = {name: rows for name, rows in tables.contents().items() if name != "SessionsTable"}
    thief = app.sign_in("mallory")
    refused = exchange(app, thief, add_public_token(app, item_id))
    assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:conflict")
    after = tables.contents()
    assert {name: after[name] for name in before} == before
    assert app.connections(thief) == []


def test_relink_by_owner_keeps_source_row(app: App, cookie: str, tables: Tables) -> None:
    item_id = app.link_plaid(cookie)
    first = tables.source("plaid", item_id)
    assert exchange(app, cookie, add_public_token(app, item_id)).status == 201
    again = tables.source("plaid", item_id)
    assert first is not None
    assert again is not None
    assert again["link_id"] == first["link_id"]
    assert again["generation"] == first["generation"] + 1


def test_unknown_public_token_is_400_without_lease(app: App, cookie: str, tables: Tables) -> None:
    assert exchange(app, cookie, "public-sandbox-unknown").status == 400
    assert tables.rows("LinkSessionsTable") == []


def test_failed_exchange_can_be_retried(app: App, cookie: str) -> None:
    token = create_public_token(app)
    app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=500, times=1)
    assert exchange(app, cookie, token).status == 502
    assert exchange(app, cookie, token).status == 201


def test_exchange_without_institution_name_links_item(app: App, cookie: str) -> None:
    app.providers.plaid("faults", path="/item/get", kind="status", status=500)
    linked = exchange(app, cookie, create_public_token(app))
    assert (linked.status, linked.json["institution"]) == (201, None)


def test_plaid_reconnect_repairs_item_and_records_update(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    app.send_webhook(linked, type="ITEM", code="ERROR")
    before = tables.generation("plaid", linked.source_id)
    token, url = create_session(app, cookie, reconnect=linked.source_id)
    app.providers.plaid_hosted_link(url)
    completed = complete(app, cookie, token)
    assert (completed.status, completed.json["item_id"]) == (201, linked.source_id)
    [listed] = app.connections(cookie)
    assert (listed["status"], listed["pending"]) == ("ok", True)
    assert tables.generation("plaid", linked.source_id) == before + 1


def test_plaid_credential_is_stored_encrypted(app: App, cookie: str, tables: Tables) -> None:
    item_id = app.link_plaid(cookie)
    access_token = app.providers.plaid_simulator.state["items"][item_id]["access_token"]
    assert access_token.encode() not in repr(tables.contents()).encode()
    item = tables.item("plaid", item_id)
    assert item is not None
    assert item["credential_version"] == 1


@pytest.mark.invariant(id="I9")
@pytest.mark.threat(id="copied-tables")
def test_plaid_tokens_are_not_stored_in_clear(app: App, cookie: str, tables: Tables) -> None:
    public = create_public_token(app)
    exchange(app, cookie, public)
    link, url = create_session(app, cookie)
    app.providers.plaid_hosted_link(url)
    complete(app, cookie, link)
    stored = repr(tables.contents())
    assert public not in stored
    assert link not in stored


def test_lease_written_twice_by_the_sdk_is_acquired(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first write was done and its response lost, so botocore sends it again."""
    client = clients.aws_client("dynamodb")
    send = client._make_api_call
    repeated: list[object] = []

    def send_twice(name: str, request: dict[str, Any]) -> object:
        if name == "PutItem" and request["TableName"] == table_name("LinkSessionsTable") and not repeated:
            repeated.append(send(name, request))
        return send(name, request)

    monkeypatch.setattr(client, "_make_api_call", send_twice)
    assert exchange(app, cookie, create_public_token(app)).status == 201
    assert len(repeated) == 1
