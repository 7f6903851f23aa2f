"""Reading of provider items, and the updates of items without owner."""

from typing import Any

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.inserted_rows import ITEM, KEY, USER, event, plant_item, row
from tests.support.aws.tables import Tables
from tidings.model import ItemKey, StatusChange
from tidings.store import item_links, items
from tidings.store.items import EncryptedCredential, ItemRecord

RECEIVED = event().received_at
PLAID = ItemKey("plaid", "p")


def store(tables: Tables, item: ItemKey = ITEM, owner: str | None = USER, **numbers: int) -> None:
    """Store an item with a credential."""
    stored: dict[str, Any] = {"item": {"S": str(item)}, "credential": {"B": b"sealed"}}
    if owner:
        stored["user_id"] = {"S": owner}
    stored.update({name: {"N": str(number)} for name, number in numbers.items()})
    tables.dynamodb.put_item(TableName=table_name("ProviderItemsTable"), Item=stored)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ({}, EncryptedCredential(USER, b"sealed", 0)),
        (
            {"credential_version": 3, "registering_until": 4, "check_after": 5, "check_failures": 6},
            EncryptedCredential(USER, b"sealed", 3, 4, 5, 6),
        ),
    ],
)
def test_credential_is_read_with_its_schedule(
    tables: Tables, stored: dict[str, int], read: EncryptedCredential
) -> None:
    store(tables, ITEM, USER, **stored)
    assert items.encrypted_credentials([ITEM, ITEM]) == {ITEM: read}


def test_item_without_owner_or_credential_has_none_to_decrypt(tables: Tables) -> None:
    store(tables, owner=None)
    plant_item(tables, item=PLAID)
    assert items.encrypted_credentials([ITEM, PLAID]) == {}
    assert list(items.all_encrypted_credentials("snaptrade")) == []
    assert list(items.all_encrypted_credentials("plaid")) == []


@pytest.mark.parametrize(
    ("failures", "check_after", "backed_off"),
    [(1, 101, True), (0, 101, True), (1, 100, False), (1, None, False), (None, 101, False)],
)
def test_item_is_backed_off_until_its_next_check(
    failures: int | None, check_after: int | None, backed_off: bool
) -> None:
    read = EncryptedCredential(USER, b"sealed", 1, check_after=check_after, check_failures=failures)
    assert read.is_backed_off(100) == backed_off


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ({}, ItemRecord(USER)),
        ({"registered_at": 5, "registering_until": 6, "ending_since": 7}, ItemRecord(USER, 5, 6, 7)),
    ],
)
def test_record_tells_registration(tables: Tables, stored: dict[str, int], read: ItemRecord) -> None:
    assert items.find_record(ITEM) is None
    assert items.find_owner(ITEM) is None
    plant_item(tables, USER, **stored)
    assert items.find_record(ITEM) == read
    assert items.find_owner(ITEM) == USER


def test_credentials_of_one_provider_are_listed_with_version(tables: Tables) -> None:
    store(tables, credential_version=3)
    store(tables, PLAID)
    listed = [*items.all_encrypted_credentials("snaptrade"), *items.all_encrypted_credentials("plaid")]
    assert listed == [
        (ITEM, EncryptedCredential(USER, b"sealed", 3, 0, None, None)),
        (PLAID, EncryptedCredential(USER, b"sealed", 0, 0, None, None)),
    ]


def test_listing_of_credentials_continues_after_an_item(tables: Tables) -> None:
    for number in range(3):
        store(tables, ItemKey("plaid", f"p{number}"))
    order = [item for item, _ in items.all_encrypted_credentials("plaid")]
    assert len(order) == 3
    assert [item for item, _ in items.all_encrypted_credentials("plaid", order[0])] == order[1:]


def test_items_of_one_user_are_listed(tables: Tables) -> None:
    store(tables)
    store(tables, PLAID)
    store(tables, ItemKey("plaid", "bobs"), "bob")
    assert sorted(items.items_of_user(USER)) == [PLAID, ITEM]


@pytest.mark.parametrize(
    ("status", "stored"),
    [
        (None, (None, None)),
        (StatusChange("reconnect_required", "login"), ("reconnect_required", "login")),
        (StatusChange("reconnect_required"), ("reconnect_required", None)),
        (StatusChange("ok"), ("ok", None)),
        (StatusChange("ok", over=frozenset({"reconnect_required"})), (None, None)),
        (StatusChange("expiring", "soon", over=frozenset({"ok"})), ("expiring", "soon")),
    ],
)
def test_update_before_link_keeps_newest_status(
    tables: Tables, status: StatusChange | None, stored: tuple[str | None, str | None]
) -> None:
    items.record_orphan_update(ITEM, status, event())
    orphan = tables.item("snaptrade", "u") or {}
    assert (orphan.get("orphan_status"), orphan.get("orphan_reason")) == stored
    assert ("orphan_reason" in orphan) == (stored[1] is not None)
    items.record_orphan_update(ITEM, None, event("e2")._replace(received_at=RECEIVED + 5000))
    orphan = tables.item("snaptrade", "u") or {}
    assert (orphan["orphan_generation"], orphan.get("orphan_status")) == (2, stored[0])
    assert orphan["expires_at"] == RECEIVED // 1000 + 5 + 30 * 24 * 3600
    assert {row["outcome"] for row in tables.rows("WebhookEventsTable")} == {"orphan"}


def test_repair_before_link_leaves_no_reason(tables: Tables) -> None:
    items.record_orphan_update(ITEM, StatusChange("reconnect_required", "login"), event())
    items.record_orphan_update(ITEM, StatusChange("ok"), event("e2"))
    item_links.link_item(KEY, b"sealed")
    assert row(tables)["status"] == "ok"
    assert "status_reason" not in row(tables)


@pytest.mark.parametrize(("owner", "is_left"), [(None, False), (USER, True)])
def test_only_item_without_owner_is_deleted(tables: Tables, owner: str | None, is_left: bool) -> None:
    plant_item(tables, owner, orphan_generation=1)
    items.delete_orphan(ITEM)
    assert (tables.item("snaptrade", "u") is not None) == is_left
    items.delete_orphan(PLAID)
    assert tables.item("plaid", "p") is None
