"""Concurrent writes of one row: DynamoDB cancels one, which is retried, deferred or reported as failed."""

from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError

from tests.support.aws.aws_calls import (
    FailingCall,
    FailingConnection,
    aws_error,
    cancelled_transaction,
    intercept_calls,
)
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings.store import conditional_writes

TRANSACTION = "TransactWriteItems"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditional_writes, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(conditional_writes, "_LONGEST_PAUSE_S", 0.002)


@pytest.fixture
def linked(app: App, cookie: str, stopped_clock: StoppedClock) -> LinkedSource:
    """A fetched item whose cooldown has expired."""
    linked = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    return linked


CONFLICTS = {
    "with the event": cancelled_transaction("TransactionConflict", "None"),
    "with the source": cancelled_transaction("None", "TransactionConflict"),
    "with both": cancelled_transaction("TransactionConflict", "TransactionConflict"),
    "duplicate and conflict": cancelled_transaction("ConditionalCheckFailed", "TransactionConflict"),
    "throttled": cancelled_transaction("ThrottlingError", "None"),
    "over capacity": cancelled_transaction("None", "ProvisionedThroughputExceeded"),
}


@pytest.mark.parametrize("answer", CONFLICTS.values(), ids=CONFLICTS)
def test_update_on_write_conflict_is_retried_and_counted_once(
    app: App, linked: LinkedSource, tables: Tables, answer: dict[str, Any]
) -> None:
    before = tables.generation("plaid", linked.source_id)
    with intercept_calls(FailingCall(TRANSACTION, answer, times=3)) as spoilt:
        assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["marked"]
    assert (spoilt.spoilt, spoilt.passed) == (3, 1)
    assert tables.generation("plaid", linked.source_id) == before + 1


def test_duplicate_event_is_not_retried(app: App, linked: LinkedSource) -> None:
    with intercept_calls(FailingCall(TRANSACTION, cancelled_transaction("ConditionalCheckFailed", "None"))) as spoilt:
        assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["duplicate"]
    assert spoilt.spoilt == 1


def test_update_on_lasting_write_conflict_is_deferred(
    app: App, linked: LinkedSource, tables: Tables, deferred_queue: SqsQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditional_writes, "_PATIENCE_S", 1.0)
    before = tables.contents()
    with intercept_calls(FailingCall(TRANSACTION, cancelled_transaction("None", "TransactionConflict"))) as spoilt:
        [answered] = app.send_webhook(linked)
    assert (answered.status, answered.json["status"]) == (200, "deferred")
    assert spoilt.spoilt > 2
    assert tables.contents() == before
    assert len(deferred_queue.drain()) == 1


def test_write_retries_end_after_eight_seconds() -> None:
    assert conditional_writes._PATIENCE_S == 8


@pytest.mark.parametrize("code", ["TransactionConflictException"])
def test_cooldown_on_write_conflict_is_retried(app: App, cookie: str, linked: LinkedSource, code: str) -> None:
    with intercept_calls(FailingCall("UpdateItem", aws_error(code), times=2)) as spoilt:
        assert app.refresh(cookie, "plaid").status == 200
    assert spoilt.spoilt == 2


def test_cooldown_that_cannot_be_acquired_is_503_without_provider_call(
    app: App, cookie: str, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditional_writes, "_PATIENCE_S", 1.0)
    app.providers.reset()
    with intercept_calls(FailingCall("UpdateItem", aws_error("TransactionConflictException"))):
        assert app.refresh(cookie, "plaid").status == 503
    assert app.providers.calls("plaid") == []


def test_snapshot_on_write_conflict_is_retried(app: App, cookie: str, linked: LinkedSource, tables: Tables) -> None:
    app.trade(linked)
    with intercept_calls(
        FailingCall(TRANSACTION, cancelled_transaction("None", "TransactionConflict"), times=2)
    ) as spoilt:
        refreshed = app.refresh(cookie, "plaid")
    assert refreshed.status == 200
    assert (spoilt.spoilt, spoilt.passed) == (2, 1)
    assert refreshed.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is False


def test_link_on_write_conflict_is_retried(app: App, cookie: str, tables: Tables) -> None:
    with intercept_calls(
        FailingCall(TRANSACTION, cancelled_transaction("TransactionConflict", "None"), times=2)
    ) as spoilt:
        item_id = app.link_plaid(cookie)
    assert spoilt.spoilt == 2
    assert tables.generation("plaid", item_id) == 1


def test_removal_on_write_conflict_is_retried(app: App, cookie: str, linked: LinkedSource, tables: Tables) -> None:
    route, parameters = "DELETE /plaid/items/{item_id}", {"item_id": linked.source_id}
    with intercept_calls(
        FailingCall(TRANSACTION, cancelled_transaction("TransactionConflict", "None", "None"), times=2)
    ):
        assert app.request(route, cookie, parameters=parameters).status == 204
    assert tables.source("plaid", linked.source_id) is None


LOST_RESPONSES = {"cut": ConnectionClosedError, "hanging": ReadTimeoutError}


@pytest.mark.parametrize("lost", LOST_RESPONSES.values(), ids=LOST_RESPONSES)
def test_lost_write_response_defers_webhook_and_fails_refresh_with_503(
    app: App, cookie: str, linked: LinkedSource, deferred_queue: SqsQueue, lost: type[HTTPClientError]
) -> None:
    """The SDK raises a connection error, which carries no response of DynamoDB."""
    with intercept_calls(FailingConnection(TRANSACTION, lost)):
        [answered] = app.send_webhook(linked)
    assert (answered.status, answered.json["status"]) == (200, "deferred")
    assert len(deferred_queue.drain()) == 1
    with intercept_calls(FailingConnection("UpdateItem", lost)):
        assert app.refresh(cookie, "plaid").status == 503
