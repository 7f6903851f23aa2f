"""`tidings sessions list|revoke` and `users show` print no cookie and no e-mail."""

import time
from typing import Any

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.operator import Operator
from tidings.model import User
from tidings.store import sessions, snapshots


def test_session_list_shows_no_cookie_or_email(operator: Operator, app: App) -> None:
    cookies = [app.sign_in("alice"), app.sign_in("bob"), app.sign_in("carol", lasts_s=-60)]
    everybody = operator.run("sessions", "list")
    assert everybody.out.splitlines()[-1] == "2 sessions."
    assert "carol" not in everybody.out, "it ran out"
    assert not [word for word in (*cookies, "@") if word in everybody.out]
    [only] = operator.run("sessions", "list", "--user", "bob", "--json").json["sessions"]
    assert (only["user_id"], len(only["session"])) == ("bob", 12)
    assert operator.run("sessions", "list", "--limit", "1", "--json").json["more"] is True


def test_revoke_by_user_spares_other_users(operator: Operator, app: App) -> None:
    cookie, other = app.sign_in("alice"), app.sign_in("bob")
    said = operator.run("sessions", "revoke", "--user", "alice")
    assert (said.code, said.out) == (0, "Revoked 1 session.\n")
    assert app.request("GET /connections", cookie).status == 401
    assert app.request("GET /connections", other).status == 200
    assert operator.run("sessions", "revoke", "--user", "alice").out == "Revoked 0 sessions.\n"
    both = operator.run("sessions", "revoke", "a-cookie", "--user", "alice")
    assert (both.code, both.err.splitlines()[-1]) == (2, "Error: Pass either COOKIE or --user.")


@pytest.mark.parametrize("cookie", ["-dash", "-u", "--two-dashes", "plain"])
def test_revoke_accepts_any_cookie_value(operator: Operator, app: App, cookie: str) -> None:
    sessions.create_session(cookie, User("alice"), int(time.time()) + 3600)
    said = operator.run("sessions", "revoke", cookie)
    assert (said.code, said.out) == (0, "Revoked.\n")
    assert app.request("GET /connections", cookie).status == 401


def test_revoke_prompt_hides_cookie(operator: Operator, app: App) -> None:
    cookie = app.sign_in()
    said = operator.run("sessions", "revoke", answer=f"{cookie}\n")
    assert said.out.splitlines()[-1] == "Revoked."
    assert cookie not in said.out
    assert app.request("GET /connections", cookie).status == 401


def test_user_is_shown_without_email(operator: Operator, app: App, tables: Tables) -> None:
    cookie = app.sign_in()
    linked = app.link_and_refresh(cookie, "plaid")
    shown = operator.run("users", "show", "alice", "--json").json
    assert [one["item_id"] for one in shown["items"]] == [linked.item_id]
    assert [one["source_id"] for one in shown["sources"]] == [linked.source_id]
    assert shown["cooldowns"][0]["provider"] == "plaid"
    assert shown["sessions"] == 1
    out = operator.run("users", "show", "alice").out
    assert linked.item_id in out
    assert "@" not in out


@pytest.mark.parametrize("command", [("show",), ("show", "--json"), ("delete",), ("delete", "--dry-run")])
def test_unknown_user_is_an_error(operator: Operator, command: tuple[str, ...]) -> None:
    said = operator.run("users", *command, "nobody\x1b[2J")
    unknown = "Error: There is no user nobody?[2J: nothing is stored about this id.\n"
    assert (said.code, said.out, said.err) == (1, "", unknown)


def test_user_whose_items_are_unknown_to_providers_is_deleted(operator: Operator, app: App, tables: Tables) -> None:
    cookie = app.sign_in()
    linked = app.link_and_refresh(cookie, "plaid")
    app.link_and_refresh(cookie, "snaptrade")
    app.providers.plaid_simulator.state["items"].pop(linked.item_id)
    unknown = {"detail": "User not found", "status_code": 401, "code": "0000"}
    app.providers.snaptrade("faults", path="/snapTrade/deleteUser", kind="status", status=401, body=unknown)
    said = operator.run("users", "delete", "alice")
    assert (said.code, said.err) == (0, "")
    contents = tables.contents()
    assert not [row for name, rows in contents.items() if name != "WebhookEventsTable" for row in rows]


def test_deletion_of_user_removes_marker_last(
    operator: Operator, app: App, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marker refuses a Link session that is finished while everything else is deleted."""
    app.link_and_refresh(app.sign_in(), "plaid")
    genuine, left = snapshots.delete_entries, []

    def delete_entries(*arguments: Any) -> None:  # noqa: ANN401 - what `delete_entries` takes
        left.append([row["entry"] for row in tables.rows("UpdateStateTable")])
        genuine(*arguments)

    monkeypatch.setattr(snapshots, "delete_entries", delete_entries)
    assert operator.run("users", "delete", "alice").code == 0
    assert left[-1] == ["ended"]
    assert tables.rows("UpdateStateTable") == []


def test_deletion_of_user_goes_on_past_failure(operator: Operator, app: App, tables: Tables) -> None:
    cookie = app.sign_in()
    kept, _ = sorted([app.link(cookie, "plaid"), app.link(cookie, "plaid")], key=lambda one: one.item_id)
    app.control(kept, "faults", path="/item/remove", kind="status", status=500)
    said = operator.run("users", "delete", "alice")
    assert said.code == 1
    assert said.err.endswith("Run the command again.\n")
    assert [row["item"] for row in tables.rows("ProviderItemsTable")] == [f"plaid#{kept.item_id}"]
    app.providers.reset()
    assert operator.run("users", "delete", "alice").code == 0
    assert tables.rows("ProviderItemsTable") == []
