"""Round trips and capacity are exact: no margin."""

from typing import get_args

import pytest

from benchmarks import flows
from benchmarks.capacity import Item, item_bytes, read_units, write_units
from benchmarks.code import Code
from benchmarks.stage import Account, Stage
from tidings.model import ProviderName
from tidings.store.tables import UpdateState

PROVIDERS = get_args(ProviderName)


@pytest.fixture(scope="module")
def account(stage: Stage) -> Account:
    return stage.account(plaid=1, snaptrade=1)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_webhook_takes_two_round_trips_and_no_more_capacity_than_allowed(
    code: Code, stage: Stage, account: Account, provider: str
) -> None:
    source_id = account.plaid[0] if provider == "plaid" else account.snaptrade[0]
    calls = flows.webhook(code, stage, provider, source_id)
    assert [call["name"] for call in calls] == ["GetItem", "TransactWriteItems"]
    told, ruled = flows.told_units(calls), flows.ruled_units(stage, calls)
    assert told == ruled == (flows.READ_UNITS, flows.WRITE_UNITS)
    assert [row for row in flows.written_rows(stage, calls[-1]) if item_bytes(row) > flows.ROW_BYTES] == []


def test_the_largest_source_row_holds_every_attribute_and_is_within_a_write_unit() -> None:
    of_other_rows = {"claim_id", "retry_at", "follow_up", "expires_at"}
    assert UpdateState.get_attributes().keys() - of_other_rows - flows.LONGEST_SOURCE_ROW.keys() == set()
    assert item_bytes(flows.LONGEST_SOURCE_ROW) <= flows.ROW_BYTES


@pytest.mark.parametrize(("route", "trips"), flows.ROUND_TRIPS.items())
@pytest.mark.parametrize("prefix", ["", "/plaid", "/api/snaptrade"])
def test_a_read_takes_its_round_trips(
    code: Code, stage: Stage, account: Account, route: str, trips: int, prefix: str
) -> None:
    assert len(flows.read(code, stage, route.replace(" ", f" {prefix}"), account.cookie)) == trips


def test_capacity_follows_the_published_rules() -> None:
    row: Item = {"name": {"S": "ab"}, "né": {"N": "-12.50"}, "none": {"NULL": True}}
    assert item_bytes(row) == (4 + 2) + (3 + 2 + 1 + 1) + (4 + 1)
    assert [write_units(size, transactional=False) for size in (1, 1024, 1025)] == [1, 1, 2]
    assert write_units(1025, transactional=True) == 4
    assert [read_units(size, consistent=True) for size in (1, 4096, 4097)] == [1, 1, 2]
    assert read_units(1, consistent=False) == 0.5
