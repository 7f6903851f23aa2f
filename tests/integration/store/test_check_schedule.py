"""Conditions of the writes that say when an item is checked next."""

import json
from typing import Any

import pytest

from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.inserted_rows import ITEM, USER, plant_item
from tests.support.aws.tables import Row, Tables
from tests.support.fakes.clock import StoppedClock
from tidings.model import ItemKey
from tidings.store import check_schedule
from tidings.store.items import EncryptedCredential

HOUR_MS = 3_600_000


def as_read(due: int | None = None, failures: int | None = None, owner: str = USER) -> EncryptedCredential:
    return EncryptedCredential(owner, b"", 1, check_after=due, check_failures=failures)


def item(tables: Tables) -> Row:
    return tables.item("snaptrade", "u") or {}


def test_schedule_and_backoff_create_no_row(tables: Tables) -> None:
    check_schedule.back_off(ITEM, USER, 5, 1)
    check_schedule.schedule_check(ITEM, as_read(), 5)
    assert tables.rows("ProviderItemsTable") == []


def test_schedule_and_backoff_require_owner(tables: Tables) -> None:
    plant_item(tables)
    check_schedule.back_off(ITEM, "bob", 5, 1)
    check_schedule.schedule_check(ITEM, as_read(owner="bob"), 5)
    assert not {"check_after", "check_failures"} & set(item(tables))


def test_schedule_ends_backoff(tables: Tables) -> None:
    plant_item(tables)
    check_schedule.back_off(ITEM, USER, 5, 1)
    assert (item(tables)["check_after"], item(tables)["check_failures"]) == (5, 1)
    check_schedule.schedule_check(ITEM, as_read(5, 1), 7)
    assert item(tables)["check_after"] == 7
    assert "check_failures" not in item(tables)


@pytest.mark.parametrize(
    ("stored", "read", "is_replaced"),
    [
        ({}, as_read(), True),
        ({"check_after": 5}, as_read(5), True),
        ({"check_after": 5}, as_read(), False),
        ({"check_after": 5}, as_read(4), False),
        ({"check_after": 5, "check_failures": 0}, as_read(5), False),
        ({"check_after": 5, "check_failures": 2}, as_read(5, 1), False),
        ({}, as_read(5), False),
    ],
)
def test_check_replaces_only_due_time_that_it_read(
    tables: Tables, stored: dict[str, int], read: EncryptedCredential, is_replaced: bool
) -> None:
    plant_item(tables, USER, **stored)
    check_schedule.schedule_check(ITEM, read, 9)
    assert (item(tables).get("check_after") == 9) == is_replaced


@pytest.mark.parametrize("ahead_h", [23, 24, 25, 1000])
def test_due_time_is_a_day_ahead_at_most(tables: Tables, now: StoppedClock, ahead_h: int) -> None:
    plant_item(tables)
    expected = now.now + min(ahead_h, 24) * HOUR_MS
    check_schedule.schedule_check(ITEM, as_read(), now.now + ahead_h * HOUR_MS)
    assert item(tables)["check_after"] == expected
    check_schedule.back_off(ITEM, USER, now.now + ahead_h * HOUR_MS, 1)
    assert item(tables)["check_after"] == expected


@pytest.mark.parametrize(
    ("stored", "is_due", "is_backed_off"),
    [
        ({}, True, False),
        ({"check_after": 100}, True, False),
        ({"check_after": 100, "check_failures": 1}, True, False),
        ({"check_after": 101}, False, False),
        ({"check_after": 101, "check_failures": 0}, False, True),
    ],
)
def test_page_tells_what_is_due(tables: Tables, stored: dict[str, int], is_due: bool, is_backed_off: bool) -> None:
    plant_item(tables, USER, credential="x", **stored)
    page = check_schedule.list_page(None, 100, 10)
    assert page == ((check_schedule.PagedItem(ITEM, is_due, is_backed_off),), None)


def test_pages_hold_every_linked_item_with_a_credential(tables: Tables) -> None:
    for name in "abc":
        plant_item(tables, item=f"plaid#{name}", credential="x")
    plant_item(tables, None, item="plaid#unlinked", credential="x")
    plant_item(tables, item="plaid#without")
    listed: list[ItemKey] = []
    after = None
    for rows in (2, 2, 1):
        page = check_schedule.list_page(after, 100, 2)
        listed += [paged.item for paged in page.items]
        assert len(page.items) <= rows
        after = page.last
        assert (after is None) == (rows == 1)
    assert sorted(listed) == [ItemKey("plaid", name) for name in "abc"]


def test_schedule_and_backoff_return_nothing_of_the_row(tables: Tables) -> None:
    returned: list[object] = []

    def note(model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name == "UpdateItem":
            returned.append(json.loads(params["body"]).get("ReturnValues", "NONE"))

    plant_item(tables, credential="x")
    with intercept_calls(note):
        check_schedule.schedule_check(ITEM, as_read(), 5)
        check_schedule.back_off(ITEM, USER, 5, 1)
    assert returned == ["NONE", "NONE"]
