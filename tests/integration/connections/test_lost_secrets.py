"""A SnapTrade secret that cannot be stored: its registration is deleted, or counted as lost."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.support.aws.aws_calls import FailingCall, aws_error, intercept_calls
from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock
from tidings.errors import Conflict, StoreUnavailable
from tidings.model import ItemKey
from tidings.store import item_links, registration_leases

pytestmark = pytest.mark.invariant(id="I11")

REGISTER, DELETE = "/snapTrade/registerUser", "/snapTrade/deleteUser"
ITEM = ItemKey("snaptrade", "u")
NOW = 1_800_000_000_000
Outage = AbstractContextManager[Any]


@pytest.fixture
def slow_deletion(app: App) -> Iterator[None]:
    """Make SnapTrade take longer than any test to delete a user."""
    app.providers.snaptrade("deletion", takes_s=600)
    yield
    app.providers.snaptrade("deletion", takes_s=0)


def connect(app: App, cookie: str) -> ApiResponse:
    return app.request("POST /api/snaptrade/create-connection-url", cookie, body={})


def test_registration_is_deleted_while_kms_is_down(app: App, cookie: str, output: Output, kms_down: Outage) -> None:
    with kms_down:
        assert connect(app, cookie).status == 503
    assert len(app.providers.calls("snaptrade", DELETE)) == 1
    assert output.metric_sum("ItemEnded", provider="snaptrade") == 1
    assert connect(app, cookie).status == 200
    assert output.metric_sum("ItemLost") == 0


def test_registration_is_deleted_after_failed_link(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(item_links, "link_item", fail)
        assert connect(app, cookie).status == 503
    assert len(app.providers.calls("snaptrade", DELETE)) == 1
    assert connect(app, cookie).status == 200


@pytest.mark.parametrize("error", [StoreUnavailable, Conflict])
def test_registration_whose_link_took_effect_is_kept(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    genuine: Callable[..., None] = item_links.link_item

    def link_then_fail(*arguments: Any, **more: Any) -> None:  # noqa: ANN401 - what `link_item` takes
        genuine(*arguments, **more)
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(item_links, "link_item", link_then_fail)
        assert connect(app, cookie).status == 200
    assert app.providers.calls("snaptrade", DELETE) == []
    assert connect(app, cookie).status == 200


def test_registration_is_kept_while_store_is_down(app: App, cookie: str) -> None:
    with intercept_calls(FailingCall("TransactWriteItems", aws_error("InternalServerError"))):
        assert connect(app, cookie).status == 503
    assert app.providers.calls("snaptrade", REGISTER) == [], "the lease comes first"


@pytest.mark.usefixtures("slow_deletion")
def test_registration_waits_for_deletion_of_unstored_one(
    app: App, cookie: str, stopped_clock: StoppedClock, kms_down: Outage
) -> None:
    with kms_down:
        assert connect(app, cookie).status == 503
    waiting = connect(app, cookie)
    assert (waiting.status, waiting.json["type"]) == (503, "urn:tidings:problem:provider-not-ready")
    stopped_clock.advance(121)
    assert connect(app, cookie).json["type"] == "urn:tidings:problem:reconnect-required"


def test_bug_after_registration_deletes_it(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr(item_links, "link_item", fail)
    assert connect(app, cookie).status == 500
    assert len(app.providers.calls("snaptrade", DELETE)) == 1


def test_registration_that_cannot_be_deleted_is_counted(
    app: App, cookie: str, output: Output, kms_down: Outage
) -> None:
    app.providers.snaptrade("faults", path=DELETE, kind="status", status=500)
    with kms_down:
        assert connect(app, cookie).status == 503
    assert output.metric_sum("ItemLost", provider="snaptrade") == 1


def test_lost_response_of_registration_is_counted(app: App, cookie: str, output: Output) -> None:
    app.providers.snaptrade("faults", path=REGISTER, kind="close", performed=True, times=1)
    assert connect(app, cookie).status == 502
    for _ in range(2):
        refused = connect(app, cookie)
        assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert output.metric_sum("ItemLost", provider="snaptrade") == 1


def test_user_of_older_backend_is_not_counted_as_lost(app: App, cookie: str, tables: Tables, output: Output) -> None:
    assert connect(app, cookie).status == 200
    for row in tables.rows("ProviderItemsTable"):
        tables.dynamodb.delete_item(TableName="provider-items", Key={"item": {"S": row["item"]}})
    assert connect(app, cookie).json["type"] == "urn:tidings:problem:reconnect-required"
    assert output.metric_sum("ItemLost") == 0


def test_used_registration_lease_is_not_given_up(tables: Tables) -> None:
    lease = registration_leases.acquire(ITEM, "alice", NOW, NOW + 30_000)
    assert registration_leases.give_up(lease, NOW)
    before = tables.contents()
    assert not registration_leases.give_up(lease, NOW + 1)
    registration_leases.keep_attempt(lease, NOW + 1)
    assert tables.contents() == before


def test_expired_registration_lease_says_that_it_is_repeated(tables: Tables) -> None:
    first = registration_leases.acquire(ITEM, "alice", NOW, NOW + 30_000)
    registration_leases.keep_attempt(first, NOW + 1)
    second = registration_leases.acquire(ITEM, "alice", NOW + 1, NOW + 60_000)
    registration_leases.release(second)
    third = registration_leases.acquire(ITEM, "alice", NOW + 2, NOW + 60_000)
    assert (first.is_repeated, second.is_repeated, third.is_repeated) == (False, True, False)
