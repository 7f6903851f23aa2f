"""Batches of which DynamoDB does only a part."""

import random
from typing import Any

import pytest

from tests.support.aws.left_overs import LeftOvers, leave_over
from tests.support.aws.tables import Tables
from tests.support.fakes.product_modules import replace_in_product
from tidings.errors import StateUnavailable, StoreUnavailable
from tidings.model import ItemKey
from tidings.store import batches, conditional_writes, items, snapshots
from tidings.store.tables import HoldingsEntry, ProviderItem, UpdateState

USER = "alice"
ENTRIES = [f"plaid#p#{number:03d}" for number in range(60)]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest pause before each retry, none of which is waited for."""
    longest: list[float] = []

    def uniform(_shortest: float, pause: float) -> float:
        longest.append(pause)
        return 0.0

    replace_in_product(monkeypatch, random, uniform=uniform)
    return longest


def put_all() -> None:
    batches.put_rows(HoldingsEntry(USER, entry, content=entry.encode()) for entry in ENTRIES)


def stored(tables: Tables) -> list[str]:
    return sorted(row["entry"] for row in tables.rows("HoldingsTable"))


def test_rows_left_over_are_put_again_after_growing_pauses(tables: Tables, pauses: list[float]) -> None:
    with leave_over(LeftOvers(4)) as left_overs:
        put_all()
    assert stored(tables) == ENTRIES
    assert left_overs.sizes == [25, 25, 25, 25, 25, 25, 10]
    assert pauses == [0.05, 0.1, 0.2, 0.4]


def test_only_rows_left_over_are_sent_again(tables: Tables, pauses: list[float]) -> None:
    with leave_over(LeftOvers(1, kept=20)) as left_overs:
        put_all()
    assert stored(tables) == ENTRIES
    assert left_overs.sizes == [25, 5, 25, 10]


def test_rows_left_over_are_deleted_again(tables: Tables, pauses: list[float]) -> None:
    put_all()
    with leave_over(LeftOvers(2)):
        snapshots.delete_entries(USER, ENTRIES[:30])
    assert stored(tables) == ENTRIES[30:]
    assert len(pauses) == 2


def test_batch_that_leaves_rows_over_forever_fails(
    tables: Tables, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditional_writes, "_PATIENCE_S", 0.3)
    with leave_over(LeftOvers(None)), pytest.raises(StoreUnavailable):
        put_all()
    assert pauses[:2] == [0.05, 0.1]


def test_nothing_to_write_sends_nothing(tables: Tables) -> None:
    with leave_over(LeftOvers(0)) as left_overs:
        snapshots.delete_entries(USER, [])
    assert left_overs.sizes == []


def plant_items(tables: Tables, number: int) -> list[ItemKey]:
    wanted = [ItemKey("plaid", f"{index:03d}") for index in range(number)]
    for item in wanted:
        row: dict[str, Any] = {"item": {"S": str(item)}, "user_id": {"S": USER}, "credential": {"B": b"sealed"}}
        tables.dynamodb.put_item(TableName=ProviderItem.Meta.table_name, Item=row)
    return wanted


def test_keys_left_over_are_read_again_after_pauses(tables: Tables, pauses: list[float]) -> None:
    wanted = plant_items(tables, 130)
    with leave_over(LeftOvers(2)) as left_overs:
        found = items.encrypted_credentials(wanted)
    assert set(found) == set(wanted)
    assert left_overs.sizes == [100, 100, 100, 30]
    assert pauses == [0.05, 0.1]


def test_read_that_leaves_keys_over_forever_fails(
    tables: Tables, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditional_writes, "_PATIENCE_S", 0.3)
    [item] = plant_items(tables, 1)
    with leave_over(LeftOvers(None)), pytest.raises(StoreUnavailable):
        items.encrypted_credentials([item])


def test_read_of_update_state_that_fails_is_an_unknown_state(tables: Tables) -> None:
    with tables.without_table("UpdateStateTable"), pytest.raises(StateUnavailable):
        batches.read_rows(UpdateState, [UpdateState(USER, "source#plaid#p")])
    with tables.without_table("HoldingsTable"), pytest.raises(StoreUnavailable) as raised:
        batches.read_rows(HoldingsEntry, [HoldingsEntry(USER, "plaid#p")])
    assert type(raised.value) is StoreUnavailable


def test_row_that_does_not_exist_is_left_out(tables: Tables) -> None:
    [item] = plant_items(tables, 1)
    assert set(items.encrypted_credentials([item, ItemKey("plaid", "none")])) == {item}
    assert items.encrypted_credentials([]) == {}
    assert snapshots.provider_stamps(USER, "plaid", []) == {}
