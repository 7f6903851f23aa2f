"""Whole tables, as operators read them."""

import pytest

from tests.support.aws.inserted_rows import ITEM, KEY, USER, event, plant, plant_item, plant_source
from tests.support.aws.tables import Tables
from tidings.model import ItemKey, User
from tidings.store import admin_queries, events, sessions, user_state
from tidings.store.admin_queries import EventRow, ItemRow, SessionRow, SourceRow

RECEIVED = event().received_at


def test_item_is_read_without_its_credential(tables: Tables) -> None:
    plant_item(tables, credential="sealed", credential_version=3, registered_at=5, registering_until=6)
    [listed] = admin_queries.all_items()
    assert listed == ItemRow(ITEM, USER, 3, 0, None, 5, registering=True)
    assert admin_queries.find_item(ITEM) == listed


def test_registered_item_is_read_after_its_registration(tables: Tables) -> None:
    plant_item(tables, registered_at=5)
    assert admin_queries.find_item(ITEM) == ItemRow(ITEM, USER, 0, 0, None, 5, registering=False)


def test_orphan_is_read_with_its_updates(tables: Tables) -> None:
    plant_item(tables, None, orphan_generation=2, orphan_status="reconnect_required")
    [listed] = admin_queries.all_items()
    assert listed == ItemRow(ITEM, None, 0, 2, "reconnect_required", None, registering=False)
    assert admin_queries.find_item(ITEM) == listed
    assert admin_queries.find_item(ItemKey("plaid", "none")) is None


def test_sources_are_listed_by_user(tables: Tables) -> None:
    plant_source(tables, last_reconcile_at=9)
    plant_source(tables, entry="source#snaptrade#unlinked", link_id=None)
    plant_source(tables, user_id="bob", entry="source#snaptrade#bobs")
    plant(tables, "UpdateStateTable", user_id=USER, entry="removed#snaptrade#c2", item=ITEM, link_id="l")
    source = user_state.read_source(KEY)
    assert source is not None
    assert admin_queries.sources_of(USER) == [SourceRow(USER, source, 9)]
    everyone = {row.user_id: row.source.source_id for row in admin_queries.all_sources()}
    assert everyone == {USER: "c1", "bob": "bobs"}
    [bobs] = admin_queries.sources_of("bob")
    assert bobs.last_reconcile_at is None


@pytest.mark.parametrize(("user_id", "listed"), [("ann", ["ann"]), (None, ["ann", "bob"]), ("", [])])
def test_sessions_are_listed_by_user(tables: Tables, user_id: str | None, listed: list[str]) -> None:
    for name in ("ann", "bob"):
        sessions.create_session(name, User(name), 7)
    found = sorted(admin_queries.list_sessions(user_id), key=lambda one: one.user_id)
    assert found == [SessionRow(sessions.session_key(name), name, 7) for name in listed]


def test_events_are_listed_without_bare_keys(tables: Tables) -> None:
    events.record_event(event("a#b")._replace(kept_for_good=True), "marked")
    events.record_event(event("e2")._replace(kind="OTHER"), "ignored")
    assert sorted(admin_queries.all_events()) == [
        EventRow("snaptrade", "a#b", "KIND", "marked", RECEIVED),
        EventRow("snaptrade", "e2", "OTHER", "ignored", RECEIVED),
    ]
