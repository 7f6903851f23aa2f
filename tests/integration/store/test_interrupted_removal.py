"""Removals that a new registration or a failure interrupts."""

import pytest

from tests.support.aws.aws_calls import FailingCall, aws_error, intercept_calls
from tests.support.aws.inserted_rows import EVERY, ITEM, KEY, USER, fetched, plant_item, plant_source, read, row
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.errors import StoreUnavailable
from tidings.store import removal, snapshots
from tidings.store.items import ItemRecord

REGISTERED = ItemRecord(USER, 5)
ANY = "source#snaptrade#*"


@pytest.mark.parametrize(("left_ms", "removed"), [(1, False), (0, True)])
def test_registration_interrupts_removal_until_it_expires(
    tables: Tables, now: StoppedClock, left_ms: int, removed: bool
) -> None:
    plant_item(tables, registered_at=5, registering_until=now.now + left_ms)
    assert removal.remove_source(EVERY, with_item=True, registration=REGISTERED) == removed
    assert (tables.item("snaptrade", "u") is None) == removed


def test_removal_continues_if_item_has_no_owner_and_is_being_registered(tables: Tables) -> None:
    plant_item(tables, None, registering_until=10**15)
    plant_source(tables)
    assert removal.remove_source(KEY, registration=REGISTERED)
    assert row(tables) == {}


def test_removal_that_met_a_registration_does_not_continue_after_it(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_item(tables, registered_at=5, registering_until=10**15)
    plant_source(tables)
    monkeypatch.setattr(removal, "remove_leftovers", lambda *_: plant_item(tables, registered_at=5))
    assert not removal.remove_item(USER, ITEM, registration=REGISTERED)
    assert row(tables) != {}
    assert tables.item("snaptrade", "u") is not None


def test_removal_of_item_without_sources_requires_its_registration(tables: Tables) -> None:
    plant_item(tables, registered_at=6)
    plant_source(tables, entry=ANY)
    before = tables.contents()
    assert not removal.remove_item(USER, ITEM, registration=REGISTERED)
    assert tables.contents() == before


def test_item_and_wildcard_row_stay_until_all_content_is_deleted(tables: Tables) -> None:
    plant_item(tables)
    plant_source(tables, entry=ANY)
    snapshots.save_content(KEY, read(), fetched(), 100)
    failing = FailingCall("BatchWriteItem", aws_error("InternalServerError"))
    with intercept_calls(failing), pytest.raises(StoreUnavailable):
        removal.remove_item(USER, ITEM)
    assert tables.item("snaptrade", "u") is not None
    assert row(tables, "*") != {}
    assert removal.remove_item(USER, ITEM)
    assert not any(tables.state().values())
