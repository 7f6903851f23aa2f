"""Conditions of the reconciler's writes."""

import pytest

from tests.support.aws.inserted_rows import KEY, USER, plant, plant_source, read, row
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.store import status_checks


@pytest.mark.parametrize(
    ("stood", "marked"),
    [
        ({"seen_generation": 2}, True),
        ({"seen_generation": 2, "generation": 3}, False),
        ({"seen_generation": 1}, False),
        ({}, False),
        ({"seen_generation": 2, "link_id": "l2"}, False),
    ],
)
def test_check_records_update_only_for_unchanged_source(tables: Tables, stood: dict[str, object], marked: bool) -> None:
    plant_source(tables, check_due=7, look_again_at=8, **stood)
    before = row(tables)
    assert status_checks.record_missed_update(KEY, read(seen_generation=2), 100) == marked
    after = row(tables)
    if marked:
        assert (after["generation"], after["last_reconcile_at"]) == (3, 100)
        assert "last_update_at" in after
        assert not {"check_due", "look_again_at"} & set(after)
    else:
        assert after == before


@pytest.mark.parametrize(("counted", "marked"), [(None, True), (0, True), (1, False)])
def test_check_reads_absent_counter_as_zero(tables: Tables, counted: int | None, marked: bool) -> None:
    plant_source(tables, generation=counted, seen_generation=counted)
    assert status_checks.record_missed_update(KEY, read(generation=0), 100) == marked


@pytest.mark.parametrize(("left_ms", "marked"), [(1, False), (0, True), (-1, True)])
def test_check_records_no_update_during_refresh(tables: Tables, now: StoppedClock, left_ms: int, marked: bool) -> None:
    plant_source(tables, seen_generation=2)
    plant(tables, "UpdateStateTable", user_id=USER, entry="claim#snaptrade", claim_id="c", retry_at=now.now + left_ms)
    assert status_checks.record_missed_update(KEY, read(seen_generation=2), 100) == marked


@pytest.mark.parametrize(
    ("seen", "answered", "left"),
    [
        ({"check_due": 7, "look_again_at": 8}, True, set()),
        ({"check_due": 7, "look_again_at": 8}, False, {"check_due", "look_again_at"}),
        ({}, True, {"check_due", "look_again_at"}),
        ({"check_due": 6}, True, None),
        ({"look_again_at": 9}, True, None),
    ],
)
def test_check_clears_only_its_own_reasons(
    tables: Tables, seen: dict[str, int], answered: bool, left: set[str] | None
) -> None:
    plant_source(tables, check_due=7, look_again_at=8)
    before = row(tables)
    status_checks.record_check(KEY, read(**seen), 100, answered=answered)
    if left is None:
        assert row(tables) == before
    else:
        assert row(tables)["last_reconcile_at"] == 100
        assert {"check_due", "look_again_at"} & set(row(tables)) == left
