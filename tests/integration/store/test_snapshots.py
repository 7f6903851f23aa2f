"""Storing a snapshot and clearing the updates it covers."""

from dataclasses import replace

import pytest

from tests.support.aws.inserted_rows import EVERY, KEY, USER, commit, fetched, plant_head, plant_source, read, row
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.model import Source
from tidings.store import snapshots, sources


@pytest.mark.parametrize(
    ("head", "outcome"),
    [
        ({"link_id": "l0", "generation": 9, "fetch_began_at": 900}, None),
        ({"generation": 1, "fetch_began_at": 900}, None),
        ({"generation": 2, "fetch_began_at": 99}, None),
        ({"generation": 2, "fetch_began_at": 100}, "superseded"),
        ({"generation": 2, "fetch_began_at": 101}, "superseded"),
        ({"generation": 3, "fetch_began_at": 1}, "superseded"),
    ],
    ids=["another link's", "an earlier generation's", "an earlier fetch's", "the same instant's", "a later fetch's",
         "a later generation's"],
)  # fmt: skip
def test_snapshot_replaces_only_older_snapshot(tables: Tables, head: dict[str, object], outcome: str | None) -> None:
    plant_source(tables)
    plant_head(tables, **head)
    assert commit(read()) == outcome
    [stored] = tables.heads(USER).values()
    assert ("institution" in stored) == (outcome is None)
    assert row(tables).get("seen_generation") == (2 if outcome is None else None)
    assert row(tables).get("last_fetched_at") == (100 if outcome is None else None)
    parts = [one for one in tables.rows("HoldingsTable") if "content" in one]
    assert len(parts) == (1 if outcome is None else 0)


@pytest.mark.parametrize(
    ("stood", "outcome"),
    [
        ({}, None),
        ({"seen_generation": 1}, None),
        ({"seen_generation": 2}, None),
        ({"seen_generation": 3, "generation": 3}, "superseded"),
        ({"generation": 3}, None),
        ({"generation": 1}, "superseded"),
        ({"link_id": "l2"}, "gone"),
        ({"link_id": None}, "gone"),
    ],
)
def test_fetch_clears_updates_as_read_of_same_link(
    tables: Tables, stood: dict[str, object], outcome: str | None
) -> None:
    plant_source(tables, last_error="provider-outage", **stood)
    before = row(tables)
    assert commit(read()) == outcome
    if outcome is None:
        assert row(tables)["seen_generation"] == 2
        assert "last_error" not in row(tables)
        assert row(tables)["institution"] == "Broker"
        assert len(tables.heads(USER)) == 1
    else:
        assert row(tables) == before
        assert tables.rows("HoldingsTable") == []


def test_first_fetch_of_listed_connection_is_stored(tables: Tables) -> None:
    """Its row has no counter yet, and DynamoDB does not read a missing number as 0."""
    plant_source(tables, generation=None)
    assert commit(read(generation=0)) is None
    assert row(tables)["seen_generation"] == 0


@pytest.mark.parametrize(
    ("stood", "cleared"),
    [
        ({}, True),
        ({"seen_generation": 3, "generation": 3}, False),
        ({"generation": 1}, False),
        ({"link_id": "l2"}, False),
    ],
)
def test_clearing_without_snapshot_has_same_conditions(tables: Tables, stood: dict[str, object], cleared: bool) -> None:
    for entry in ("source#snaptrade#c1", "source#snaptrade#*"):
        plant_source(tables, entry=entry, **stood)
    sources.clear_unfetched(KEY, read(), "not-offered")
    sources.clear_all_sources(EVERY, read(source_id="*"), 100)
    assert (row(tables).get("seen_generation") == 2, row(tables).get("last_error") == "not-offered") == (cleared,) * 2
    assert (row(tables, "*").get("seen_generation") == 2, row(tables, "*").get("last_fetched_at") == 100) == (
        cleared,
    ) * 2


@pytest.mark.parametrize(("source", "again"), [(read(generation=1), 2), (read(), 2), (read(generation=5), 5)])
def test_forgetting_account_keeps_newest_generation(tables: Tables, source: Source, again: int) -> None:
    plant_source(tables)
    assert commit(read()) is None
    stored = snapshots.read_snapshots(USER, "snaptrade", 0).snapshots["snaptrade", "c1"]
    assert snapshots.forget_account(KEY, source, stored, "a")
    [head] = tables.heads(USER).values()
    assert head["generation"] == again
    after = snapshots.read_snapshots(USER, "snaptrade", 0).snapshots["snaptrade", "c1"]
    assert after.holdings == ()
    assert not snapshots.forget_account(KEY, source, stored, "a")
    assert snapshots.read_snapshots(USER, "snaptrade", 0).snapshots["snaptrade", "c1"] == after
    assert len([one for one in tables.rows("HoldingsTable") if "content" in one]) == after.parts


@pytest.mark.parametrize(
    ("seen", "before", "check_in_ms"),
    [
        (1, {}, 600_000),
        (2, {}, -1),
        (1, None, None),
        (2, None, None),
        (1, {"link_id": "l0"}, None),
        (1, {"digest": "other"}, None),
    ],
    ids=["unchanged", "without update", "first", "first without update", "linked anew", "changed"],
)
def test_update_that_changes_nothing_is_checked_later(
    tables: Tables, now: StoppedClock, seen: int, before: dict[str, str] | None, check_in_ms: int | None
) -> None:
    plant_source(tables, look_again_at=now.now - 1)
    source = read(seen_generation=seen)
    snapshot = snapshots.save_content(KEY, source, fetched(), 100)
    earlier = None if before is None else replace(snapshot, **before)  # type: ignore[arg-type]
    assert snapshots.commit(KEY, source, snapshot, earlier) is None
    assert row(tables).get("look_again_at") == (None if check_in_ms is None else now.now + check_in_ms)


def test_fetch_without_institution_stores_none(tables: Tables) -> None:
    plant_source(tables)
    snapshot = snapshots.save_content(KEY, read(), fetched()._replace(institution=None), 100)
    assert snapshots.commit(KEY, read(), snapshot) is None
    assert "institution" not in row(tables)
