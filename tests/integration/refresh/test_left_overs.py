"""Refreshes while DynamoDB does only a part of each batch."""

import pytest

from tests.support.aws.left_overs import LeftOvers, leave_over
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock
from tidings.store import conditional_writes

ORPHANED_AFTER_S = 601


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditional_writes, "_PATIENCE_S", 0.2)


def parts(tables: Tables) -> list[str]:
    return sorted(row["entry"] for row in tables.rows("HoldingsTable") if "content" in row)


def test_refresh_repeats_batches_that_are_left_over(app: App, cookie: str, linked: LinkedSource) -> None:
    app.trade(linked)
    with leave_over(LeftOvers(times=4)) as left_overs:
        answered = app.refresh(cookie)
    assert (answered.status, left_overs.left) == (200, 4)
    assert answered.json["holdings"]["portfolio_metadata"]["changed"] is True


def test_refresh_that_cannot_delete_old_content_succeeds_with_warning(
    app: App,
    cookie: str,
    linked: LinkedSource,
    tables: Tables,
    output: Output,
    stopped_clock: StoppedClock,
    impatient: None,
) -> None:
    before = parts(tables)
    app.trade(linked)
    with leave_over(LeftOvers(only="DeleteRequest")):
        answered = app.refresh(cookie)
    assert answered.status == 200, answered.text
    assert answered.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is False
    assert [line["level"] for line in output.lines_with_message("old content not deleted")] == ["WARNING"]
    assert set(before) < set(parts(tables))

    stopped_clock.advance(ORPHANED_AFTER_S)
    assert app.refresh(cookie).status == 200
    assert set(before).isdisjoint(parts(tables))


def test_refresh_that_can_store_nothing_is_503_and_keeps_the_update(
    app: App, cookie: str, linked: LinkedSource, impatient: None
) -> None:
    app.trade(linked)
    with leave_over(LeftOvers(only="PutRequest")):
        answered = app.refresh(cookie)
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    assert app.pending(cookie)["has_pending_updates"] is True
