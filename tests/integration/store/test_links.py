"""Conditions of linking an item."""

from typing import Any

import pytest

from tests.support.aws.inserted_rows import ITEM, KEY, USER, plant_item, plant_source, row
from tests.support.aws.tables import Tables
from tidings.errors import Conflict
from tidings.model import ItemKey
from tidings.store import item_links, items
from tidings.store.sources import SourceKey


def link(updates: int = 1, key: SourceKey = KEY, **more: Any) -> None:  # noqa: ANN401 - what `link` takes
    item_links.link_item(key, b"sealed", "Broker", updates=updates, **more)


def test_link_takes_over_orphan_updates(tables: Tables) -> None:
    plant_item(
        tables, None, orphan_generation=2, orphan_status="reconnect_required", orphan_reason="login", expires_at=1
    )
    link()
    item = tables.item("snaptrade", "u") or {}
    assert (item["user_id"], item["credential_version"]) == (USER, 1)
    assert not {"orphan_generation", "orphan_status", "orphan_reason", "expires_at"} & set(item)
    after = row(tables)
    assert (after["generation"], after["status"], after["status_reason"]) == (3, "reconnect_required", "login")
    assert "last_update_at" in after
    assert (after["item"], after["institution"]) == (str(ITEM), "Broker")
    assert after["link_id"]


def test_relink_keeps_row_and_records_update(tables: Tables) -> None:
    plant_item(tables, credential_version=1)
    plant_source(tables, seen_generation=2, status="reconnect_required", status_reason="login", status_version=3)
    link()
    after = row(tables)
    assert (after["link_id"], after["generation"], after["seen_generation"]) == ("l1", 3, 2)
    assert (after["status"], after.get("status_reason"), after["status_version"]) == ("ok", None, 4)
    item = tables.item("snaptrade", "u") or {}
    assert (item["credential"], item["credential_version"]) == (b"sealed", 2)


def test_link_of_other_users_item_conflicts(tables: Tables) -> None:
    plant_item(tables, "bob")
    before = tables.contents()
    with pytest.raises(Conflict):
        link()
    assert tables.contents() == before


@pytest.mark.parametrize("meanwhile", [{"owner": "bob"}, {"owner": None, "orphan_generation": 1}])
def test_link_rereads_concurrent_change(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, Any]
) -> None:
    reading, reads = items.read_row, 0

    def read_then_change(item: ItemKey, *, consistent: bool) -> Any:  # noqa: ANN401 - a row
        nonlocal reads
        assert consistent
        found, reads = reading(item, consistent=consistent), reads + 1
        if reads == 1:
            plant_item(tables, **meanwhile)
        return found

    monkeypatch.setattr(item_links, "read_row", read_then_change)
    if meanwhile["owner"]:
        with pytest.raises(Conflict):
            link()
        assert row(tables) == {}
    else:
        link(updates=0)
        assert row(tables)["generation"] == 1
    assert reads == 2


@pytest.mark.parametrize(("under", "links"), [(70, True), (71, False)])
def test_registration_requires_its_lease(tables: Tables, under: int, links: bool) -> None:
    plant_item(tables, None, registering_until=70, ending_since=5)
    if links:
        link(registered=item_links.Registered(under, 60))
        item = tables.item("snaptrade", "u") or {}
        assert item["registered_at"] == 60
        assert not {"registering_until", "ending_since"} & set(item)
    else:
        with pytest.raises(Conflict):
            link(registered=item_links.Registered(under, 60))
        assert row(tables) == {}


def test_registration_fails_if_lease_changes_first(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_item(tables, None, registering_until=70)
    reading = items.read_row

    def read_then_change(item: ItemKey, *, consistent: bool) -> Any:  # noqa: ANN401 - a row
        found = reading(item, consistent=consistent)
        plant_item(tables, None, registering_until=71)
        return found

    monkeypatch.setattr(item_links, "read_row", read_then_change)
    with pytest.raises(Conflict):
        link(registered=item_links.Registered(70, 60))
    assert (tables.item("snaptrade", "u") or {})["registering_until"] == 71
    assert row(tables) == {}
