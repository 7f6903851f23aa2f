"""An institution's report that an item has ended counts when it is repeated a day later."""

import pytest

from tests.integration.connections.ended_items import end_item
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.status_checks import max_silence_s, run_status_check, source_row
from tests.support.fakes.clock import StoppedClock

DAY_S = 24 * 3600


def report_end(app: App, linked: LinkedSource) -> None:
    end_item(app, linked, "INSTITUTION_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED")


@pytest.mark.parametrize(("apart_s", "is_believed"), [(DAY_S - 1, False), (DAY_S, True)])
def test_institution_error_ends_item_only_when_repeated_a_day_later(
    app: App, cookie: str, stopped_clock: StoppedClock, apart_s: int, is_believed: bool
) -> None:
    linked = app.link(cookie, "plaid")
    report_end(app, linked)
    assert app.refresh(cookie, "plaid").status == 502
    assert app.refresh(cookie, "plaid").status == 502
    stopped_clock.advance(apart_s)
    assert app.refresh(cookie, "plaid").status == (404 if is_believed else 502)
    [listed] = app.connections(cookie)
    expected = ("revoked", "institution_no_longer_supported", False) if is_believed else ("ok", None, True)
    assert (listed["status"], listed["status_reason"], listed["pending"]) == expected


def test_success_clears_report_of_end(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link(cookie, "plaid")
    report_end(app, linked)
    assert app.refresh(cookie, "plaid").status == 502
    app.providers.reset()
    assert app.refresh(cookie, "plaid").status == 200
    stopped_clock.advance(DAY_S)
    report_end(app, linked)
    assert app.refresh(cookie, "plaid").status == 502
    stopped_clock.advance(DAY_S)
    assert app.refresh(cookie, "plaid").status == 404


def test_reconciler_believes_repeated_report_of_end(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    report_end(app, linked)
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    assert source_row(tables, linked)["end_reported_at"] == stopped_clock.now
    stopped_clock.advance(2 * DAY_S)
    assert run_status_check(linked) == []
    row = source_row(tables, linked)
    assert (row["status"], row["status_reason"]) == ("revoked", "institution_no_longer_supported")


def test_working_item_clears_report_of_end(app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    report_end(app, linked)
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    app.providers.reset()
    stopped_clock.advance(2 * DAY_S)
    assert run_status_check(linked) == []
    row = source_row(tables, linked)
    assert "end_reported_at" not in row
    assert row.get("status", "ok") == "ok"
