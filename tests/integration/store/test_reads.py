"""Consistency of reads. Test engines are always consistent, so the tests check the request."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.inserted_rows import ITEM, KEY, USER, event, plant_item, plant_source
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.errors import CoolingDown
from tidings.store import (
    cooldowns,
    events,
    item_links,
    items,
    registration_leases,
    removal,
    revocation,
    snapshots,
    user_state,
)


class Reads:
    def __init__(self) -> None:
        self.consistent: list[bool] = []

    def __call__(self, model: Any, params: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name in {"GetItem", "Query", "BatchGetItem"}:
            body = json.loads(params["body"])
            for request in body.get("RequestItems", {"": body}).values():
                self.consistent.append(bool(request.get("ConsistentRead")))


def _lose_cooldown() -> None:
    cooldowns.acquire(USER, "snaptrade", 1000, 60_000)
    with pytest.raises(CoolingDown):
        cooldowns.acquire(USER, "snaptrade", 1000, 60_000)


@pytest.mark.parametrize(
    "read",
    [
        lambda: user_state.read_user_state(USER),
        lambda: items.find_record(ITEM),
        lambda: items.find_owner(ITEM, consistent=True),
        lambda: items.encrypted_credentials([ITEM]),
        lambda: item_links.link_item(KEY, None),
        lambda: registration_leases.acquire(ITEM, USER, 10, 20, 1),
        lambda: events.is_recorded(event()),
        lambda: snapshots.read_snapshots(USER, "snaptrade", 0),
        lambda: snapshots.stored_parts(USER, "snaptrade"),
        lambda: snapshots.snapshot_entries(USER),
        lambda: snapshots.provider_stamps(USER, "snaptrade", ["c1"]),
        lambda: removal.remove_item(USER, ITEM),
        lambda: removal.user_entries(USER),
        lambda: revocation.end_access(KEY),
        _lose_cooldown,
    ],
)
def test_deciding_reads_are_consistent(tables: Tables, now: StoppedClock, read: Callable[[], object]) -> None:
    plant_item(tables, credential_version=1)
    plant_source(tables)
    with intercept_calls(Reads()) as reads:
        read()
    assert reads.consistent
    assert all(reads.consistent)


def test_owner_lookup_of_event_is_eventually_consistent(tables: Tables) -> None:
    with intercept_calls(Reads()) as reads:
        items.find_owner(ITEM)
    assert reads.consistent == [False]
