"""Conditions for writing and deleting a credential."""

from dataclasses import replace

import pytest

from tests.support.aws.inserted_rows import ITEM, KEY, USER, event, plant_head, plant_item, plant_source, row
from tests.support.aws.tables import Tables
from tidings.errors import Conflict, StoreUnavailable
from tidings.model import Source
from tidings.store import events, items, registration_leases, revocation, user_state
from tidings.store.events import Duplicate
from tidings.store.sources import SourceKey

LEASE = registration_leases.Lease(ITEM, USER, 20, 1, None, is_repeated=False)


def test_lease_has_one_holder_and_version(tables: Tables) -> None:
    lease = registration_leases.acquire(ITEM, USER, 10, 20)
    assert (tables.item("snaptrade", "u") or {})["expires_at"] == 10 // 1000 + 30 * 24 * 3600
    for who, at in ((USER, 19), ("bob", 19)):
        with pytest.raises(Conflict):
            registration_leases.acquire(ITEM, who, at, 99)
    registration_leases.release(replace(lease, until=21))
    with pytest.raises(Conflict):
        registration_leases.record_deletion_started(replace(lease, until=21), 15)
    registration_leases.record_deletion_started(lease, 15)
    assert (tables.item("snaptrade", "u") or {})["registering_until"] == 20
    again = registration_leases.acquire(ITEM, USER, 20, 30)
    assert again.ending_since == 15
    registration_leases.release(again)
    assert "registering_until" not in (tables.item("snaptrade", "u") or {})


@pytest.mark.parametrize(("owner", "version", "held"), [(USER, 1, True), (USER, 2, False), ("bob", 1, False)])
def test_lease_requires_credential_version_read(tables: Tables, owner: str, version: int, held: bool) -> None:
    plant_item(tables, owner, credential_version=version)
    if held:
        lease = registration_leases.acquire(ITEM, USER, 10, 20, 1)
        assert "expires_at" not in (tables.item("snaptrade", "u") or {})
        registration_leases.store_credential(lease, b"new")
        item = tables.item("snaptrade", "u") or {}
        assert item["credential_version"] == 2
        assert "registering_until" not in item
        registration_leases.store_credential(lease, b"new")  # a retry after a lost response
        with pytest.raises(Conflict):
            registration_leases.store_credential(lease, b"other")
    else:
        with pytest.raises(Conflict):
            registration_leases.acquire(ITEM, USER, 10, 20, 1)


@pytest.mark.parametrize(
    ("owner", "stood"),
    [
        ("bob", {"registering_until": 20, "credential_version": 1}),
        (USER, {"registering_until": 21, "credential_version": 1}),
        (USER, {"registering_until": 20, "credential_version": 2}),
    ],
)
def test_credential_renewal_requires_lease(tables: Tables, owner: str, stood: dict[str, int]) -> None:
    plant_item(tables, owner, **stood)
    before = tables.contents()
    with pytest.raises(Conflict):
        registration_leases.store_credential(LEASE, b"new")
    assert tables.contents() == before


@pytest.mark.parametrize("owner", [USER, None])
def test_lease_fails_if_owner_changes_first(tables: Tables, monkeypatch: pytest.MonkeyPatch, owner: str | None) -> None:
    plant_item(tables, owner)
    known = items.find_record(ITEM)
    monkeypatch.setattr(items, "find_record", lambda _: known)
    plant_item(tables, "bob")
    with pytest.raises(Conflict):
        registration_leases.acquire(ITEM, USER, 10, 20)
    assert "registering_until" not in (tables.item("snaptrade", "u") or {})


def test_lease_without_credential_has_no_version(tables: Tables) -> None:
    plant_item(tables, credential_version=1)
    with pytest.raises(Conflict):
        registration_leases.acquire(ITEM, USER, 10, 20)


def test_revocation_deletes_credential_and_updates(tables: Tables) -> None:
    plant_item(tables, credential="sealed")
    plant_head(tables)
    plant_source(tables, status="revoked", status_version=3, check_due=7, last_error="x")
    assert revocation.end_access(KEY)
    after = row(tables)
    assert after["link_id"] != "l1"
    assert after["seen_generation"] == 2
    assert not {"check_due", "last_error"} & set(after)
    assert tables.heads(USER) == {}
    assert "credential" not in (tables.item("snaptrade", "u") or {})


@pytest.mark.parametrize("changed", [{"generation": 3}, {"status_version": 4}, {"link_id": "l2"}])
def test_revocation_rereads_concurrent_change(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    plant_item(tables, credential="sealed")
    stood: dict[str, object] = {"status": "revoked", "status_version": 3}
    plant_source(tables, **stood)
    reading, reads = user_state.read_source, 0

    def read_then_change(key: SourceKey) -> Source | None:
        nonlocal reads
        found, reads = reading(key), reads + 1
        if reads == 1:
            plant_source(tables, **{**stood, **changed})
        return found

    monkeypatch.setattr(user_state, "read_source", read_then_change)
    assert revocation.end_access(KEY)
    assert reads == 2
    assert row(tables)["seen_generation"] == changed.get("generation", 2)


def test_revocation_keeps_credential_of_other_owner(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "_ATTEMPTS", 1)
    plant_item(tables, "bob", credential="sealed")
    plant_source(tables, status="revoked", status_version=3)
    with pytest.raises(StoreUnavailable):
        revocation.end_access(KEY)
    assert "credential" in (tables.item("snaptrade", "u") or {})


def test_event_record_is_written_once(tables: Tables) -> None:
    assert not events.is_recorded(event())
    events.record_event(event(), "removed")
    assert events.is_recorded(event())
    with pytest.raises(Duplicate):
        events.record_event(event(), "again")
    assert [one["outcome"] for one in tables.rows("WebhookEventsTable")] == ["removed"]
