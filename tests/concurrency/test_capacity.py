"""Calls, capacity and row sizes of a webhook on a real engine, exactly."""

from typing import get_args

import pytest

from benchmarks import flows
from benchmarks.capacity import Item, item_bytes, read_units, write_units
from benchmarks.warm import Calls
from tests.support.aws.engine import Engine
from tests.support.drivers.user_driver import UserDriver
from tidings.model import ProviderName
from tidings.store.tables import UpdateState

PROVIDERS = get_args(ProviderName)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_webhook_stays_within_two_calls_and_capacity(
    user_driver: UserDriver, engine: Engine, provider: ProviderName
) -> None:
    linked = user_driver.link_and_refresh(provider)
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))  # a new process reads the provider's key once
    longest = user_driver.capture_webhooks(linked, extra={"filler": "x" * 600})
    calls = Calls()
    calls.watch()
    user_driver.deliver_webhooks(linked, longest)
    assert [call["name"] for call in calls.sent] == ["GetItem", "TransactWriteItems"]
    reported, ruled = flows.told_units(calls.sent), flows.ruled_units(engine.dynamodb, calls.sent)
    assert reported == ruled == (flows.READ_UNITS, flows.WRITE_UNITS)
    rows = flows.written_rows(engine.dynamodb, calls.sent[-1])
    assert [row for row in rows if item_bytes(row) > flows.ROW_BYTES] == []


def test_largest_source_row_fits_write_unit() -> None:
    of_cooldowns = {"claim_id", "retry_at", "follow_up", "expires_at", "acquired_at"}
    of_cooldowns |= {"newest_first_fetch", "second_first_fetch", "third_first_fetch"}
    of_wildcards = {"connect_expected_until", "connect_listings", "connect_listed_at"}
    of_ended_users = {"ended_id", "reopened_at"}
    of_repeated_connections = {"duplicate_of", "duplicate_unmatched"}  # few, and gone once the user keeps one
    of_others = of_cooldowns | of_wildcards | of_ended_users | of_repeated_connections
    assert UpdateState.get_attributes().keys() - of_others - flows.LONGEST_SOURCE_ROW.keys() == set()
    assert item_bytes(flows.LONGEST_SOURCE_ROW) <= flows.ROW_BYTES


def test_capacity_follows_published_rules() -> None:
    row: Item = {"name": {"S": "ab"}, "né": {"N": "-12.50"}, "none": {"NULL": True}}
    assert item_bytes(row) == (4 + 2) + (3 + 2 + 1 + 1) + (4 + 1)
    assert [write_units(size, transactional=False) for size in (1, 1024, 1025)] == [1, 1, 2]
    assert write_units(1025, transactional=True) == 4
    assert [read_units(size, consistent=True) for size in (1, 4096, 4097)] == [1, 1, 2]
    assert read_units(1, consistent=False) == 0.5
