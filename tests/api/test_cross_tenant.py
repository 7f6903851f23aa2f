"""Nobody reads, refreshes, links or unlinks what is another's: every route, every identifier (I7)."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.app import App, Linked
from tests.support.calls import Answered
from tests.support.routes import ROUTES
from tests.support.tables import Tables


@dataclass(frozen=True)
class Victim:
    """What a thief may have got to know of another user."""

    item: Linked
    connection: Linked
    link_token: str
    public_token: str

    @property
    def identifiers(self) -> dict[str, str]:
        return {
            "item": self.item.source_id,
            "connection": self.connection.source_id,
            "snaptrade user": self.connection.item_id,
            "link token": self.link_token,
            "public token": self.public_token,
            "user": "alice",
            "all": "*",
        }


@pytest.fixture
def victim(app: App) -> Victim:
    cookie = app.sign_in()
    item, connection = app.fetched(cookie, "plaid"), app.fetched(cookie, "snaptrade")
    made = app.request("POST /plaid/create-connection-url", cookie, body={"reconnect": item.source_id}).json
    app.providers.plaid_hosted_link(made["connection_url"])
    token = app.providers.plaid_public_token(f"{app.providers.catcher.url}/plaid")
    assert app.request("POST /plaid/exchange-public-token", cookie, body={"public_token": token}).status == 201
    app.providers.reset()
    return Victim(item, connection, made["link_token"], token)


def ask(app: App, cookie: str, route: str, identifier: str) -> Answered:
    """The route, with the identifier wherever one can stand."""
    names = ("link_token", "public_token", "reconnect", "user_id", "item_id", "userId")
    body: dict[str, Any] | None = dict.fromkeys(names, identifier) if route.startswith("POST ") else None
    if route.endswith("/refresh"):
        body = {"user_id": identifier, "all": True}
    parameters = {name: identifier for name in ("item_id", "connection_id") if f"{{{name}}}" in route}
    return app.request(route, cookie, body=body, parameters=parameters, headers={"x-user-id": identifier})


@pytest.mark.parametrize("route", ROUTES)
def test_another_user_s_identifiers_give_and_change_nothing(
    app: App, victim: Victim, tables: Tables, route: str
) -> None:
    thief = app.sign_in("mallory")
    before = mine(tables)
    for name, identifier in victim.identifiers.items():
        answered = ask(app, thief, route, identifier)
        assert mine(tables) == before, name
        assert answered.status < 500
        for secret in (victim.item.source_id, victim.connection.source_id, victim.connection.item_id, "Platypus"):
            assert secret not in answered.text, name
        if answered.status in {200, 201} and not route.startswith("GET "):
            assert is_own(answered), name
    assert calls_about(app, victim) == []


def mine(tables: Tables) -> list[Any]:
    """Every row of the victim's, wherever it stands."""
    everything = [row for rows in tables.contents().values() for row in rows]
    return [row for row in everything if row.get("user_id") == "alice"]


def is_own(answered: Answered) -> bool:
    """A portal for the thief's own connections, or a refresh of a thief who has none."""
    if "connection_url" in answered.json:
        return True
    providers = answered.json["holdings"]["portfolio_metadata"]["providers"]
    return {one["status"] for one in providers.values()} == {"not_connected"}


def calls_about(app: App, victim: Victim) -> list[dict[str, Any]]:
    names = set(victim.identifiers.values())
    calls = app.providers.calls("plaid") + app.providers.calls("snaptrade")
    return [call for call in calls if names & {str(value) for value in call.values()}]


def test_a_thief_sees_only_an_empty_portfolio(app: App, victim: Victim) -> None:
    thief = app.sign_in("mallory")
    assert app.holdings(thief)["holdings"]["portfolio_data"]["holdings"] == []
    assert app.request("GET /connections", thief).json == {"connections": []}
    pending = app.pending(thief)
    assert {one["generation"] for one in pending["providers"].values()} == {0}


def test_an_etag_of_another_user_s_state_reads_nothing(app: App, victim: Victim) -> None:
    etag = app.request("GET /pending-updates", app.sign_in()).headers["etag"]
    answered = app.request("GET /pending-updates", app.sign_in("mallory"), headers={"if-none-match": etag})
    assert answered.status == 200


def test_a_user_id_that_begins_like_another_s_is_another_user(app: App, victim: Victim) -> None:
    for user_id in ("alic", "alice2", "alice#", "ALICE"):
        assert app.request("GET /connections", app.sign_in(user_id)).json == {"connections": []}


def test_a_webhook_of_one_user_marks_nobody_else(app: App, victim: Victim, tables: Tables) -> None:
    other = app.sign_in("bob")
    item = app.link(other, "plaid")
    before = tables.generation("plaid", item.source_id, "bob")
    app.webhook(victim.item)
    assert tables.generation("plaid", item.source_id, "bob") == before
