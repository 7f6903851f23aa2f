"""What a link stores of the item and of its source."""

from typing import Any

import pytest

from tests.support.aws.aws_calls import FailingCall, cancelled_transaction, intercept_calls
from tests.support.aws.inserted_rows import EVERY, ITEM, KEY, USER, plant_item, plant_source, row
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.errors import Conflict, StoreUnavailable
from tidings.store import item_links, token_leases
from tidings.store.ended_users import MayLink
from tidings.store.item_links import Registered


def test_first_link_creates_item_and_source(tables: Tables, now: StoppedClock) -> None:
    item_links.link_item(KEY, b"sealed", "Broker")
    assert tables.item("snaptrade", "u") == {
        "item": str(ITEM),
        "user_id": USER,
        "credential": b"sealed",
        "credential_version": 1,
    }
    stored = row(tables)
    assert len(stored.pop("link_id")) > 8
    assert stored == {
        "user_id": USER,
        "entry": "source#snaptrade#c1",
        "item": str(ITEM),
        "linked_at": now.now,
        "generation": 1,
        "status": "ok",
        "status_version": 1,
        "last_update_at": now.now,
        "institution": "Broker",
    }


def test_link_without_updates_announces_none(tables: Tables) -> None:
    item_links.link_item(EVERY, b"sealed", updates=0)
    assert row(tables, "*")["generation"] == 0
    assert not {"last_update_at", "institution", "status_reason"} & set(row(tables, "*"))


def test_link_without_credential_keeps_the_stored_one(tables: Tables) -> None:
    item_links.link_item(KEY, b"sealed")
    item_links.link_item(KEY, None)
    item = tables.item("snaptrade", "u") or {}
    assert (item["credential"], item["credential_version"]) == (b"sealed", 1)
    assert row(tables)["generation"] == 2


def test_link_raises_generation_by_updates_and_orphans(tables: Tables) -> None:
    plant_item(tables, None, orphan_generation=3)
    item_links.link_item(KEY, b"sealed", updates=3)
    assert row(tables)["generation"] == 6
    assert "last_update_at" in row(tables)


def test_orphan_without_status_links_as_working(tables: Tables) -> None:
    plant_item(tables, None, orphan_generation=1, orphan_reason="login")
    item_links.link_item(KEY, b"sealed")
    assert row(tables)["status"] == "ok"
    assert "status_reason" not in row(tables)


def test_link_clears_earlier_report_of_end(tables: Tables) -> None:
    plant_item(tables)
    plant_source(tables, end_reported_at=5)
    item_links.link_item(KEY, b"sealed")
    assert "end_reported_at" not in row(tables)


def test_registration_without_row_is_refused(tables: Tables) -> None:
    with pytest.raises(Conflict):
        item_links.link_item(KEY, b"sealed", registered=Registered(70, 60))
    assert not any(tables.contents().values())


def test_link_that_never_sees_a_settled_item_fails(tables: Tables) -> None:
    with (
        intercept_calls(
            FailingCall("TransactWriteItems", cancelled_transaction("ConditionalCheckFailed", "None"))
        ) as lost,
        pytest.raises(StoreUnavailable),
    ):
        item_links.link_item(KEY, b"sealed")
    assert lost.spoilt > 10


@pytest.mark.parametrize("may_link", [None, MayLink(None)])
def test_link_of_unchanged_token_is_repeated_if_item_changes_first(tables: Tables, may_link: MayLink | None) -> None:
    updates = iter([2])

    def receive_before_link(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name == "TransactWriteItems":
            for orphaned in updates:
                plant_item(tables, None, orphan_generation=orphaned)

    result = token_leases.result_of_link_token("link", USER, "u", 0)
    with intercept_calls(receive_before_link):
        item_links.link_item(KEY, b"sealed", result=result, may_link=may_link)
    assert row(tables)["generation"] == 3
    assert token_leases.find_result("link") == token_leases.ExchangeResult("u", None)
