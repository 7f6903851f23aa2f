"""What is stored of a source beside its updates: institution, status, duplicate."""

import pytest

from tests.support.aws.aws_calls import OperationRecorder, intercept_calls
from tests.support.aws.inserted_rows import KEY, plant_item, plant_source, read, row
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.model import DuplicateOf, StatusChange
from tidings.store import sources, user_state

DUPLICATE = DuplicateOf("plaid", "item", ("IRA", "Cash"))


def test_listed_source_without_institution_stores_none(tables: Tables) -> None:
    plant_item(tables)
    sources.create_discovered(KEY, None)
    assert "institution" not in row(tables)


def test_institution_is_stored_for_linked_source_only(tables: Tables) -> None:
    sources.set_institution(KEY, "Broker")
    assert row(tables) == {}
    plant_source(tables)
    sources.set_institution(KEY, "Broker")
    assert row(tables)["institution"] == "Broker"


@pytest.mark.parametrize(("link_id", "is_stored"), [("l1", True), ("l2", False), (None, False)])
def test_duplicate_is_stored_for_link_as_read(tables: Tables, link_id: str | None, is_stored: bool) -> None:
    plant_source(tables, link_id=link_id)
    assert sources.set_duplicate(KEY, read(), DUPLICATE) == is_stored
    stored = user_state.read_source(KEY)
    assert (stored and stored.duplicate_of) == (DUPLICATE if is_stored else None)


def test_status_without_reason_removes_the_earlier_reason(tables: Tables) -> None:
    plant_source(tables, status="reconnect_required", status_reason="login", status_version=1)
    source = read(status="reconnect_required", status_reason="login", status_version=1)
    assert sources.set_status(KEY, source, StatusChange("ok"))
    assert row(tables)["status"] == "ok"
    assert "status_reason" not in row(tables)


def test_announced_end_outlasts_successful_check(tables: Tables, now: StoppedClock) -> None:
    """docs/decisions/0009-status-that-outlasts-a-fetch.md."""
    plant_source(tables, status="expiring", status_reason="consent:2100-01-01", status_version=1)
    source = read(status="expiring", status_reason="consent:2100-01-01", status_version=1)
    before = row(tables)
    assert sources.set_status(KEY, source, StatusChange("ok"))
    assert row(tables) == before


def test_source_without_due_check_costs_no_write(tables: Tables) -> None:
    with intercept_calls(OperationRecorder()) as calls:
        sources.clear_check_due(KEY, read())
    assert calls.operations == []
