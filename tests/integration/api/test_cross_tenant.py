"""No user reads, refreshes, links or unlinks data of another: every route, every identifier (I7)."""

import itertools
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.stack import ROOT
from tests.support.aws.tables import TableItems, Tables
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.routes import ROUTES
from tests.support.fakes.issuer import Issuer

pytestmark = pytest.mark.invariant(id="I7")

DESCRIPTION = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
IDENTIFYING = {"link_token", "public_token", "reconnect"}
"""Body fields that identify data of a user."""
HARMLESS = {"all", "broker", "paid", "providers", "redirect_uri", "replace"}
Sent = dict[str, Any]
"""Keyword arguments of `App.request`."""


@dataclass(frozen=True)
class Victim:
    """Identifiers of a user that an attacker may know."""

    item: LinkedSource
    connection: LinkedSource
    link_token: str
    public_token: str
    email: str

    @property
    def identifiers(self) -> dict[str, str]:
        return {
            "item": self.item.source_id,
            "connection": self.connection.source_id,
            "snaptrade user": self.connection.item_id,
            "link token": self.link_token,
            "public token": self.public_token,
            "user": "alice",
            "e-mail": self.email,
            "all": "*",
        }


@pytest.fixture
def victim(app: App) -> Victim:
    return connect_victim(app)


@pytest.fixture(scope="module")
def kept() -> list[tuple[Victim, TableItems]]:
    """Hold the victim of the first test, and all rows, for the tests that follow."""
    return []


@pytest.fixture
def unharmed_victim(app: App, tables: Tables, kept: list[tuple[Victim, TableItems]]) -> Victim:
    """The same victim for each test after which nothing of it has changed."""
    if not kept:
        kept.append((connect_victim(app), tables.keep()))
    victim, rows = kept[0]
    tables.restore(rows)
    return victim


def connect_victim(app: App) -> Victim:
    cookie = app.sign_in()
    item, connection = app.link_and_refresh(cookie, "plaid"), app.link_and_refresh(cookie, "snaptrade")
    made = app.request("POST /plaid/create-connection-url", cookie, body={"reconnect": item.source_id}).json
    app.providers.plaid_hosted_link(made["connection_url"])
    token = app.providers.plaid_public_token(f"{app.providers.catcher.url}/plaid")
    assert app.request("POST /plaid/exchange-public-token", cookie, body={"public_token": token}).status == 201
    app.providers.reset()
    return Victim(item, connection, made["link_token"], token, app.email())


def list_placements(route: str) -> list[Sent]:
    """List where a caller can put an identifier: path, body fields, and places that the route must ignore.

    `{}` stands for the identifier.
    """
    operation = find_operation(route)
    named = {one["name"]: "{}" for one in operation.get("parameters", ()) if one["in"] == "path"}
    fields = list_body_fields(operation)
    usual = {"all": True} if "all" in fields else {}
    elsewhere: Sent = {
        "headers": {"x-user-id": "{}", "x-forwarded-user": "{}"},
        "changed": {"queryStringParameters": {"user_id": "{}", "item_id": "{}"}, "rawQueryString": "user_id={}"},
        "body": {"user_id": "{}", "userId": "{}", **usual} if fields else None,
    }
    bodies = [{**usual, name: "{}"} for name in sorted(fields & IDENTIFYING)]
    bodies += [{**body, "replace": True} for body in bodies if "replace" in fields]
    return [elsewhere | {"parameters": named}, *({"parameters": named, "body": body} for body in bodies)]


def find_operation(route: str) -> dict[str, Any]:
    method, path = route.split(" ")
    operation: dict[str, Any] = DESCRIPTION["paths"].get(path, {}).get(method.lower(), {})
    return operation


def list_body_fields(operation: dict[str, Any]) -> set[str]:
    content = operation.get("requestBody", {}).get("content", {})
    schemas = [kind["schema"]["$ref"].rpartition("/")[2] for kind in content.values()]
    return {name for schema in schemas for name in DESCRIPTION["components"]["schemas"][schema]["properties"]}


def fill(sent: Any, identifier: str) -> Any:  # noqa: ANN401
    if isinstance(sent, dict):
        return {name: fill(value, identifier) for name, value in sent.items()}
    return identifier if sent == "{}" else sent


@pytest.mark.threat(id="cross-tenant-read")
def test_body_fields_are_all_classified() -> None:
    """A new field belongs to one of the two sets; the next test tries every identifying one."""
    sent = {name for route in ROUTES for name in list_body_fields(find_operation(route))}
    assert sent == IDENTIFYING | HARMLESS


def test_front_end_routes_are_all_described() -> None:
    assert {route for route in ROUTES if not find_operation(route)} == set()
    places_in_paths = {part for route in ROUTES for part in re.findall(r"{(\w+)}", route)}
    assert places_in_paths == {one for route in ROUTES for one in list_placements(route)[0]["parameters"]}


@pytest.fixture
def attackers(app: App, issuer: Issuer) -> list[Sent]:
    """Two other users, one signed in with a cookie and one with a bearer token."""
    bearer = issuer.bearer("trudy", email=app.email("trudy"))
    return [{"cookie": app.sign_in("mallory")}, {"headers": bearer}]


@pytest.mark.threat(id="cross-tenant-read")
@pytest.mark.parametrize("route", ROUTES)
def test_identifier_of_another_user_reveals_and_changes_nothing(
    app: App, unharmed_victim: Victim, attackers: list[Sent], tables: Tables, route: str
) -> None:
    victim = unharmed_victim
    before = list_victim_rows(tables)
    for what, place, thief in itertools.product(victim.identifiers, list_placements(route), attackers):
        answered = send(app, thief, route, fill(place, victim.identifiers[what]))
        case = f"{what} in {place} by {thief.keys()}"
        assert list_victim_rows(tables) == before, case
        assert answered.status < 500, case
        assert answered.status != 429, "rejected before any check of the owner"
        for secret in (victim.item.source_id, victim.connection.source_id, victim.connection.item_id, "Platypus"):
            assert secret not in answered.text, case
        if answered.status in {200, 201} and not route.startswith("GET "):
            assert is_own(answered), case
    assert list_calls_about(app, victim) == []


def send(app: App, caller: Sent, route: str, sent: Sent) -> ApiResponse:
    headers = {**sent.get("headers", {}), **caller.get("headers", {})}
    return app.request(route, caller.get("cookie"), **{**sent, "headers": headers})


@pytest.mark.parametrize("signed_in", ["cookie", "bearer"])
def test_identifier_of_own_user_is_accepted(
    app: App, issuer: Issuer, victim: Victim, tables: Tables, signed_in: str
) -> None:
    """The counterpart of the test above, which would otherwise always pass."""
    bearer = {"headers": issuer.bearer("alice", email=app.email())}
    owner: Sent = {"cookie": app.sign_in()} if signed_in == "cookie" else bearer
    reconnect = {"body": {"reconnect": victim.connection.source_id}}
    assert send(app, owner, "POST /api/snaptrade/create-connection-url", reconnect).status == 200
    assert (
        send(app, owner, "POST /plaid/complete-connection", {"body": {"link_token": victim.link_token}}).status == 201
    )
    again = send(app, owner, "POST /plaid/exchange-public-token", {"body": {"public_token": victim.public_token}})
    assert again.status == 201
    before = list_victim_rows(tables)
    for route, linked in (
        ("DELETE /plaid/items/{item_id}", victim.item),
        ("DELETE /api/snaptrade/connections/{connection_id}", victim.connection),
    ):
        [name] = re.findall(r"{(\w+)}", route)
        assert send(app, owner, route, {"parameters": {name: linked.source_id}}).status == 204
        assert list_victim_rows(tables) != before
        before = list_victim_rows(tables)


def list_victim_rows(tables: Tables) -> list[Any]:
    """List the victim's rows of every table."""
    everything = [row for rows in tables.contents().values() for row in rows]
    return [row for row in everything if row.get("user_id") == "alice"]


def is_own(answered: ApiResponse) -> bool:
    """True for a portal of the attacker's own connections, or a refresh without connections."""
    if "connection_url" in answered.json:
        return True
    providers = answered.json["holdings"]["portfolio_metadata"]["providers"]
    return {one["status"] for one in providers.values()} == {"not_connected"}


def list_calls_about(app: App, victim: Victim) -> list[dict[str, Any]]:
    names = set(victim.identifiers.values())
    calls = app.providers.calls("plaid") + app.providers.calls("snaptrade")
    return [call for call in calls if names & {str(value) for value in call.values()}]


def test_other_user_sees_empty_portfolio(app: App, victim: Victim) -> None:
    thief = app.sign_in("mallory")
    assert app.holdings(thief)["holdings"]["portfolio_data"]["holdings"] == []
    assert app.request("GET /connections", thief).json == {"connections": []}
    pending = app.pending(thief)
    assert {one["generation"] for one in pending["providers"].values()} == {0}


@pytest.mark.threat(id="cross-tenant-read")
def test_etag_of_another_user_never_matches(app: App, victim: Victim) -> None:
    etag = app.request("GET /pending-updates", app.sign_in()).headers["etag"]
    answered = app.request("GET /pending-updates", app.sign_in("mallory"), headers={"if-none-match": etag})
    assert answered.status == 200


def test_user_id_with_common_prefix_is_another_user(app: App, victim: Victim) -> None:
    for user_id in ("alic", "alice2", "alice#", "ALICE"):
        assert app.request("GET /connections", app.sign_in(user_id)).json == {"connections": []}


def test_webhook_records_update_for_one_user_only(app: App, victim: Victim, tables: Tables) -> None:
    other = app.sign_in("bob")
    item = app.link(other, "plaid")
    before = tables.generation("plaid", item.source_id, "bob")
    app.send_webhook(victim.item)
    assert tables.generation("plaid", item.source_id, "bob") == before
