"""Listing and disconnecting connections: first at the provider, then in the store; repeatable."""

from typing import Any

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.loopback import loopback
from tidings.connections import disconnect as disconnect_module

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


def is_known_to_provider(app: App, linked: LinkedSource) -> bool:
    if linked.provider == "plaid":
        return linked.item_id in app.providers.plaid_simulator.state["items"]
    users = loopback.get(f"{app.providers.snaptrade_url}/_sim/users").json()["users"]
    return any(one["id"] == linked.source_id for user in users for one in user["connections"])


def list_rows_of_user(tables: Tables, user_id: str = "alice") -> dict[str, list[dict[str, Any]]]:
    mine = {name: [row for row in rows if row.get("user_id") == user_id] for name, rows in tables.contents().items()}
    return {name: rows for name, rows in mine.items() if rows}


def test_connection_list_has_documented_fields(app: App, cookie: str) -> None:
    linked = [app.link_and_refresh(cookie, provider) for provider in PROVIDERS]
    answered = app.request("GET /connections", cookie)
    assert answered.status == 200
    assert {one["source_id"] for one in answered.json["connections"]} == {one.source_id for one in linked}
    for one in answered.json["connections"]:
        assert one.keys() == {
            "provider", "source_id", "institution", "status", "status_reason", "pending", "last_update_at",
            "last_fetched_at",
            "duplicate_of",
            "unmatched_accounts",
        }  # fmt: skip
        assert (one["status"], one["status_reason"], one["pending"]) == ("ok", None, False)
        assert one["institution"] in {"First Platypus Bank", "Questrade"}
        assert one["last_fetched_at"] is not None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_disconnect_removes_connection_at_provider_and_here(
    app: App, cookie: str, provider: ProviderName, tables: Tables
) -> None:
    linked = app.link_and_refresh(cookie, provider)
    assert app.disconnect(cookie, linked).status == 204
    assert not is_known_to_provider(app, linked)
    assert tables.source(provider, linked.source_id) is None
    assert tables.rows("HoldingsTable") == []
    assert app.connections(cookie) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_disconnect_twice_is_204(app: App, cookie: str, provider: ProviderName) -> None:
    linked = app.link(cookie, provider)
    assert [app.disconnect(cookie, linked).status, app.disconnect(cookie, linked).status] == [204, 204]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_disconnect_of_connection_gone_at_provider_is_204(
    app: App, cookie: str, provider: ProviderName, tables: Tables
) -> None:
    linked = app.link(cookie, provider)
    if provider == "plaid":
        item = app.providers.plaid_simulator.state["items"].pop(linked.item_id)
        app.providers.plaid_simulator.state["removed"].append(item["access_token"])
    else:
        gone = {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}
        app.providers.snaptrade("faults", path="/connection/", kind="status", status=404, body=gone)
    assert app.disconnect(cookie, linked).status == 204
    assert tables.source(provider, linked.source_id) is None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_failed_disconnect_keeps_connection_and_can_be_retried(
    app: App, cookie: str, provider: ProviderName, tables: Tables
) -> None:
    linked = app.link_and_refresh(cookie, provider)
    path = "/item/remove" if provider == "plaid" else "/connection/"
    simulator = app.providers.plaid if provider == "plaid" else app.providers.snaptrade
    simulator("faults", path=path, kind="status", status=500, times=1)
    before = tables.contents()
    assert app.disconnect(cookie, linked).status == 502
    assert tables.contents() == before
    assert app.disconnect(cookie, linked).status == 204


@pytest.mark.parametrize("provider", PROVIDERS)
def test_disconnect_by_another_user_is_204_and_removes_nothing(
    app: App, cookie: str, provider: ProviderName, tables: Tables
) -> None:
    linked = app.link_and_refresh(cookie, provider)
    thief = app.sign_in("mallory")
    before = tables.contents()
    assert app.disconnect(thief, linked).status == 204
    assert tables.contents() == before
    assert is_known_to_provider(app, linked)


def test_disconnect_cannot_delete_wildcard_row(app: App, cookie: str, tables: Tables) -> None:
    app.link(cookie, "snaptrade")
    before = tables.contents()
    assert app.disconnect(cookie, LinkedSource("snaptrade", "", "*")).status == 204
    assert tables.contents() == before


def test_relinked_item_inherits_no_counters(app: App, cookie: str, tables: Tables) -> None:
    linked = app.link(cookie, "plaid")
    state = app.providers.plaid_simulator.state
    app.send_webhook(linked, times=3, distinct=True)
    before = tables.source("plaid", linked.source_id)
    item = state["items"][linked.item_id]
    app.disconnect(cookie, linked)
    state["items"][linked.item_id] = item
    state["public_tokens"]["public-sandbox-again"] = {"item_id": linked.item_id, "expires_at": 4e9}
    body = {"public_token": "public-sandbox-again"}
    assert app.request("POST /plaid/exchange-public-token", cookie, body=body).status == 201
    after = tables.source("plaid", linked.source_id)
    assert before is not None
    assert after is not None
    assert (before["generation"], after["generation"]) == (4, 1)
    assert before["link_id"] != after["link_id"]


def test_disconnect_all_keeps_only_sessions_and_cooldowns(app: App, cookie: str, tables: Tables) -> None:
    linked = [app.link_and_refresh(cookie, provider) for provider in PROVIDERS]
    app.link_and_refresh(app.sign_in("bob"), "plaid")
    others = list_rows_of_user(tables, "bob")
    assert app.request("DELETE /connections", cookie).status == 204
    left = list_rows_of_user(tables)
    kept = [row["entry"] for row in left["UpdateStateTable"]]
    assert kept == ["claim#plaid", "claim#snaptrade", "ended"], "the cooldowns that run, and the marker"
    assert left.keys() <= {"SessionsTable", "LinkSessionsTable", "UpdateStateTable"}, "tokens that expire in a day"
    assert not any(is_known_to_provider(app, one) for one in linked)
    assert list_rows_of_user(tables, "bob") == others


def test_disconnect_all_deletes_tombstones(app: App, cookie: str, tables: Tables) -> None:
    app.disconnect(cookie, app.link(cookie, "snaptrade"))
    assert app.request("DELETE /connections", cookie).status == 204
    assert tables.update_state() == []


def test_disconnect_all_twice_is_204(app: App, cookie: str) -> None:
    app.link(cookie, "plaid")
    statuses = [app.request("DELETE /connections", cookie).status for _ in range(2)]
    assert statuses == [204, 204]


def test_user_can_connect_again_after_disconnect_all(app: App, cookie: str) -> None:
    app.link(cookie, "snaptrade")
    app.request("DELETE /connections", cookie)
    _, connection_id = app.link_snaptrade(cookie)
    assert app.refresh(cookie, "snaptrade").status == 200
    [listed] = app.connections(cookie)
    assert listed["source_id"] == connection_id


def test_unknown_connections_route_is_404(app: App, cookie: str) -> None:
    assert app.request("POST /connections", cookie).status == 404


REMOVALS: dict[ProviderName, str] = {"plaid": "/item/remove", "snaptrade": "/connection/"}


def break_removal(app: App, linked: LinkedSource, **fault: object) -> None:
    app.control(linked, "faults", path=REMOVALS[linked.provider], **{"kind": "status", **fault})


@pytest.mark.parametrize("status", [200, 202, 204])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_empty_response_to_disconnect_is_success(
    app: App, cookie: str, provider: ProviderName, tables: Tables, status: int
) -> None:
    linked = app.link(cookie, provider)
    break_removal(app, linked, status=status, body="", performed=True)
    assert app.disconnect(cookie, linked).status == 204
    assert tables.source(provider, linked.source_id) is None


def test_empty_response_to_disconnect_all_is_success(app: App, cookie: str, tables: Tables) -> None:
    app.link(cookie, "snaptrade")
    app.providers.snaptrade("faults", path="/snapTrade/deleteUser", kind="status", status=204, performed=True)
    assert app.request("DELETE /connections", cookie).status == 204
    assert tables.update_state() == []


UNKNOWN_USER = [
    (401, {"detail": "Invalid userID or userSecret provided", "status_code": 401, "code": "1083"}),
    (401, {"detail": "User not found", "status_code": 401, "code": "0000"}),
    (404, {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}),
]


@pytest.mark.parametrize(("status", "body"), UNKNOWN_USER)
def test_user_unknown_to_snaptrade_can_be_removed(
    app: App, cookie: str, tables: Tables, status: int, body: dict[str, object]
) -> None:
    linked = app.link(cookie, "snaptrade")
    app.providers.snaptrade("faults", path="/", kind="status", status=status, body=body)
    assert app.disconnect(cookie, linked).status == 204
    assert app.request("DELETE /connections", cookie).status == 204
    assert tables.update_state() == []
    assert tables.rows("ProviderItemsTable") == []


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_disconnect_all_goes_on_past_failure(app: App, cookie: str, tables: Tables, failing: int) -> None:
    linked = sorted([app.link(cookie, "plaid"), app.link(cookie, "plaid")], key=lambda one: one.item_id)
    linked.append(app.link(cookie, "snaptrade"))
    kept = linked[failing]
    if kept.provider == "plaid":
        break_removal(app, kept, status=500)
    else:
        app.providers.snaptrade("faults", path="/snapTrade/deleteUser", kind="status", status=500)
    failed = app.request("DELETE /connections", cookie)
    assert (failed.status, failed.json["type"]) == (502, "urn:tidings:problem:provider-outage")
    left = app.connections(cookie)
    assert [one["source_id"] for one in left] == [kept.source_id]
    assert [row["item"] for row in tables.rows("ProviderItemsTable")] == [f"{kept.provider}#{kept.item_id}"]
    app.providers.reset()
    assert app.request("DELETE /connections", cookie).status == 204
    assert tables.update_state() == []


def test_disconnect_all_keeps_holdings_of_what_it_cannot_end_alone(app: App, cookie: str, tables: Tables) -> None:
    linked = [app.link(cookie, "plaid"), app.link(cookie, "plaid"), app.link(cookie, "snaptrade")]
    assert app.refresh(cookie).status == 200
    break_removal(app, linked[0], status=500)
    assert app.request("DELETE /connections", cookie).status == 502
    assert {row["entry"].split("#")[1] for row in tables.rows("HoldingsTable")} == {linked[0].source_id}


def test_hanging_provider_leaves_time_to_disconnect_others(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted([app.link(cookie, "plaid"), app.link(cookie, "plaid")], key=lambda one: one.item_id)
    monkeypatch.setattr(disconnect_module, "_REMOVAL_TIMEOUT_S", 6.0)
    monkeypatch.setattr(disconnect_module, "_LEAST_TIMEOUT_S", 0.1)
    app.control(first, "faults", path="/item/remove", kind="delay", delay_s=30)
    assert app.request("DELETE /connections", cookie).status == 504
    left = app.connections(cookie)
    assert [one["source_id"] for one in left] == [first.source_id]
    assert not is_known_to_provider(app, second)
