"""`tidings items list` and `show`: filters and statuses, and never a credential."""

import json
from itertools import pairwise

import pytest

from tests.support.aws.aws_calls import OperationRecorder, intercept_calls
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.operator import Operator


@pytest.fixture
def linked(app: App) -> dict[str, str]:
    """Item ids: Alice's fetched item of each provider, and Bob's Plaid item with an update."""
    alice = {provider: app.link_and_refresh(app.sign_in(), provider).item_id for provider in ("plaid", "snaptrade")}
    return {**alice, "bob": app.link(app.sign_in("bob"), "plaid").item_id}


def list_items(operator: Operator, *options: str) -> list[str]:
    said = operator.run("items", "list", "--json", *options)
    assert (said.code, said.err) == (0, "")
    return [one["item_id"] for one in said.json["items"]]


def test_item_list_filters_narrow(operator: Operator, linked: dict[str, str]) -> None:
    assert list_items(operator) == [linked["plaid"], linked["snaptrade"], linked["bob"]]
    assert list_items(operator, "--user", "alice") == [linked["plaid"], linked["snaptrade"]]
    assert list_items(operator, "--provider", "plaid") == [linked["plaid"], linked["bob"]]
    assert list_items(operator, "--pending") == [linked["bob"]]
    assert list_items(operator, "--status", "revoked") == []
    assert list_items(operator, "--limit", "1") == [linked["plaid"]]
    assert list_items(operator, "--user", "nobody") == []


def test_item_status_is_that_of_broken_source(operator: Operator, app: App, linked: dict[str, str]) -> None:
    app.providers.plaid("break", item_id=linked["bob"])
    app.deliver_all("plaid")
    assert list_items(operator, "--status", "reconnect_required") == [linked["bob"]]
    table = operator.run("items", "list", "--user", "bob").out.splitlines()
    assert table[0].split()[:3] == ["provider", "item", "user"]
    assert table[1].split()[:3] == ["plaid", linked["bob"], "bob"]
    assert "reconnect_required" in table[1]
    assert table[2] == "1 item."


def test_ended_item_has_a_reason_and_no_updates(operator: Operator, app: App, linked: dict[str, str]) -> None:
    app.providers.plaid("webhook", item_id=linked["bob"], type="ITEM", code="USER_PERMISSION_REVOKED")
    app.deliver_all("plaid")
    assert list_items(operator, "--status", "revoked") == [linked["bob"]]
    assert list_items(operator, "--pending") == []
    shown = operator.run("items", "show", linked["bob"]).out.splitlines()
    header, line = next((header, line) for header, line in pairwise(shown) if "reason" in header)
    assert line[header.index("reason") :].split()[0] == "user_permission_revoked"
    assert line[header.index("updates") :].split()[0] == "0"


def test_unlinked_item_is_listed_as_orphan(operator: Operator, app: App) -> None:
    made = app.providers.plaid("connect", webhook=f"{app.providers.catcher.url}/plaid")
    app.providers.plaid("trade", item_id=made["item_id"])
    app.deliver_all("plaid")
    [one] = operator.run("items", "list", "--json", "--status", "orphan").json["items"]
    assert (one["item_id"], one["user_id"], one["pending"]) == (made["item_id"], None, True)
    assert "never stored" in operator.run("items", "show", made["item_id"]).out


def test_item_is_shown_with_sources(operator: Operator, linked: dict[str, str]) -> None:
    shown = operator.run("items", "show", "--json", linked["snaptrade"]).json
    assert shown["item"]["provider"] == "snaptrade"
    assert {source["source_id"] for source in shown["sources"]} > {"*"}
    assert shown["item"]["last_fetched_at"].endswith("Z")
    assert operator.run("items", "show", f"snaptrade#{linked['snaptrade']}").out.startswith("provider")
    unknown = operator.run("items", "show", "unknown\x1b[2J")
    assert (unknown.code, unknown.err) == (
        1,
        "Error: There is no item unknown?[2J: `tidings items list` lists all items.\n",
    )


def test_item_commands_never_read_credentials(
    operator: Operator, app: App, tables: Tables, linked: dict[str, str]
) -> None:
    asked: list[str] = []

    def note(params: dict[str, bytes], **_: object) -> None:
        asked.append(str(params.get("body", b"")))

    with intercept_calls(note):
        said = [
            operator.run("items", "list"),
            operator.run("items", "show", linked["plaid"], "--json"),
            operator.run("users", "show", "alice"),
        ]
    items = [body for body in asked if "provider-items" in body and "by-user" not in body]
    assert items
    assert all('"ProjectionExpression"' in body for body in items)
    token = app.providers.plaid_simulator.state["items"][linked["plaid"]]["access_token"]
    assert not [one for one in said if token in one.out or 'credential"' in one.out]


def test_control_characters_in_names_are_replaced(operator: Operator, tables: Tables, linked: dict[str, str]) -> None:
    row = next(row for row in tables.rows("UpdateStateTable") if row["user_id"] == "bob" and row.get("link_id"))
    tables.dynamodb.update_item(
        TableName="update-state",
        Key={"user_id": {"S": "bob"}, "entry": {"S": row["entry"]}},
        UpdateExpression="SET institution = :name",
        ExpressionAttributeValues={":name": {"S": "[bold]Bank\x1b[2J"}},
    )
    out = operator.run("items", "list", "--user", "bob").out
    assert "[bold]Bank?[2J" in out
    assert json.loads(operator.run("items", "list", "--user", "bob", "--json").out)


def test_item_list_of_one_user_scans_no_table(operator: Operator, linked: dict[str, str]) -> None:
    with intercept_calls(OperationRecorder()) as calls:
        operator.run("items", "list", "--user", "alice")
    assert "Scan" not in calls.operations
