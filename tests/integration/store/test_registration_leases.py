"""Leases of a registration that ended without a credential."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.aws.inserted_rows import ITEM, USER, plant_item
from tests.support.aws.tables import Row, Tables
from tidings.errors import Conflict
from tidings.store import registration_leases
from tidings.store.registration_leases import Lease

FIRST = Lease(ITEM, USER, 20, 0, None, is_repeated=False)


def acquire(now: int = 10, until: int = 20) -> Lease:
    return registration_leases.acquire(ITEM, USER, now, until)


def item(tables: Tables) -> Row:
    return tables.item("snaptrade", "u") or {}


def test_first_lease_repeats_nothing(tables: Tables) -> None:
    assert acquire() == FIRST
    assert item(tables) == {"item": str(ITEM), "registering_until": 20, "expires_at": 30 * 24 * 3600}


def test_row_of_unowned_item_expires_after_a_month(tables: Tables) -> None:
    now = 1_790_000_000_000
    acquire(now, now + 10)
    assert item(tables)["expires_at"] == now // 1000 + 30 * 24 * 3600


def test_kept_attempt_ends_lease_and_is_repeated(tables: Tables) -> None:
    registration_leases.keep_attempt(acquire(), 15)
    assert item(tables)["registering_until"] == 15
    assert acquire(15, 30) == Lease(ITEM, USER, 30, 0, None, is_repeated=True)


def test_lease_given_up_tells_that_registration_is_deleted(tables: Tables) -> None:
    lease = acquire()
    assert registration_leases.give_up(lease, 15)
    assert item(tables)["ending_since"] == 15
    assert "registering_until" not in item(tables)
    assert not registration_leases.give_up(lease, 16)
    assert item(tables)["ending_since"] == 15
    assert acquire(15, 30) == Lease(ITEM, USER, 30, 0, 15, is_repeated=False)


@pytest.mark.parametrize(
    "end",
    [
        registration_leases.release,
        lambda lease: registration_leases.keep_attempt(lease, 15),
        lambda lease: registration_leases.give_up(lease, 15),
    ],
)
@pytest.mark.parametrize("is_held", [True, False])
def test_lease_of_another_request_is_not_ended(tables: Tables, end: Callable[[Lease], object], is_held: bool) -> None:
    lease = FIRST
    if is_held:
        lease = replace(acquire(), until=21)
    before = tables.contents()
    assert not end(lease)
    assert tables.contents() == before


@pytest.mark.parametrize("left", [{"owner": USER}, {"owner": None}, None])
def test_credential_is_not_stored_without_lease(tables: Tables, left: dict[str, str | None] | None) -> None:
    if left:
        plant_item(tables, **left)
    before = tables.contents()
    with pytest.raises(Conflict):
        registration_leases.store_credential(FIRST, b"new")
    assert tables.contents() == before


def test_first_credential_has_version_one(tables: Tables) -> None:
    plant_item(tables)
    registration_leases.store_credential(acquire(), b"new")
    assert (item(tables)["credential"], item(tables)["credential_version"]) == (b"new", 1)
