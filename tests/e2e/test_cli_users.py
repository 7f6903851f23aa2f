"""`tidings users` against the running local cloud: a deleted user leaves no row, a secret is renewed."""

import json

from local import aws
from local.cloud import LocalCloud
from tests.e2e.brokers import Brokers
from tests.e2e.command import tidings
from tests.e2e.flows import snaptrade_user
from tests.e2e.user import User


def rows_of(cloud: LocalCloud, user: User) -> list[str]:
    """Return the table of each row that contains the user's id, read directly from DynamoDB."""
    client = aws.dynamodb(cloud.ministack_url)
    tables = {logical_id: name for logical_id, name in cloud.physical.items() if logical_id.endswith("Table")}
    found = []
    for logical_id, name in tables.items():
        for page in client.get_paginator("scan").paginate(TableName=name):
            rows = [row for row in page["Items"] if user.user_id in json.dumps(row, default=repr)]
            found += [logical_id] * len(rows)
    return sorted(found)


def test_users_delete_leaves_no_row_and_no_provider_data(cloud: LocalCloud, user: User, brokers: Brokers) -> None:
    item_id = user.link_and_refresh("plaid")
    connection_id = user.link_and_refresh("snaptrade")
    user.call("DELETE", f"/api/snaptrade/connections/{connection_id}", 204)
    user.link_snaptrade()

    planned = tidings(cloud, "users", "delete", "--dry-run", user.user_id)
    assert (planned.returncode, planned.stderr) == (0, "")
    assert planned.stdout.splitlines()[:2] == [
        f"would disconnect plaid#{item_id}",
        f"would disconnect snaptrade#{snaptrade_user(user)}",
    ]
    assert "2 provider items" in planned.stdout
    assert {"SessionsTable", "LinkSessionsTable", "UpdateStateTable"} <= set(rows_of(cloud, user))
    assert item_id in {one["item_id"] for one in brokers.listed("plaid", "items", "items")}

    deleted = tidings(cloud, "users", "delete", user.user_id)
    assert (deleted.returncode, deleted.stderr) == (0, "")
    assert deleted.stdout.splitlines()[-1].startswith("Deleted 2 provider items, ")
    assert rows_of(cloud, user) == []
    assert item_id not in {one["item_id"] for one in brokers.listed("plaid", "items", "items")}
    assert snaptrade_user(user) not in {one["user_id"] for one in brokers.listed("snaptrade", "users", "users")}
    user.call("GET", "/connections", 401)

    again = tidings(cloud, "users", "delete", user.user_id)
    assert (again.returncode, again.stderr.split(":")[:2]) == (1, ["Error", f" There is no user {user.user_id}"])


def test_users_delete_keeps_rows_until_provider_disconnects(cloud: LocalCloud, user: User, brokers: Brokers) -> None:
    user.link_and_refresh("snaptrade")
    brokers.order("snaptrade", "faults", path="/snapTrade/deleteUser", kind="status", status=500)
    failed = tidings(cloud, "users", "delete", user.user_id)
    assert failed.returncode == 1
    assert "Run the command again." in failed.stderr
    assert "ProviderItemsTable" in rows_of(cloud, user)
    brokers.reset()
    assert tidings(cloud, "users", "delete", user.user_id).returncode == 0
    assert rows_of(cloud, user) == []


def test_users_delete_leaves_other_users_unchanged(cloud: LocalCloud, user: User, other: User) -> None:
    source_id = other.link_and_refresh("snaptrade")
    user.link_and_refresh("snaptrade")
    before = rows_of(cloud, other)
    assert tidings(cloud, "users", "delete", user.user_id).returncode == 0
    assert rows_of(cloud, other) == before
    assert other.connection(source_id)["status"] == "ok"


def test_secret_rotation_renews_secret_without_printing_it(cloud: LocalCloud, user: User, brokers: Brokers) -> None:
    user.link_and_refresh("snaptrade")
    brokers.learn_secrets()
    rotated = tidings(cloud, "users", "rotate-secret", user.user_id)
    assert (rotated.returncode, rotated.stdout, rotated.stderr) == (0, "Rotated.\n", "")
    known = brokers.secrets.copy()
    brokers.learn_secrets()
    assert brokers.secrets - known, "SnapTrade has a new one"
    user.end_cooldowns()
    user.refresh("snaptrade", all=True)

    fault = {"path": "/snapTrade/resetUserSecret", "kind": "close", "performed": True, "times": 1}
    brokers.order("snaptrade", "faults", **fault)
    lost = tidings(cloud, "users", "rotate-secret", user.user_id)
    assert lost.returncode == 2
    assert "has to connect again" in lost.stderr
    user.call("POST", "/api/snaptrade/create-connection-url", 409, {})
    user.call("POST", "/api/snaptrade/create-connection-url", 200, {"replace": True})

    nobody = tidings(cloud, "users", "rotate-secret", "nobody")
    assert (nobody.returncode, nobody.stderr) == (1, "Error: This user has not connected through SnapTrade.\n")
