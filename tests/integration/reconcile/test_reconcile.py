"""The reconciler finds missed webhooks and shows their updates as pending."""

from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import (
    deliver_delayed,
    logged_outcomes,
    make_due,
    max_silence_s,
    run_status_check,
    source_row,
)
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock


def test_lost_webhook_is_found_and_refreshed(
    app: App, cookie: str, linked: LinkedSource, check_queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    app.control(linked, "trade", ticker="MSFT", silent=True)
    stopped_clock.advance(max_silence_s(linked))
    assert not app.pending(cookie)["has_pending_updates"]
    assert reconcile_queue.complete_run(check_queue) == []
    assert app.pending(cookie)["has_pending_updates"]
    refreshed = app.refresh(cookie, linked.provider).json["holdings"]
    assert "MSFT" in {row["ticker"] for row in refreshed["portfolio_data"]["holdings"]}
    assert not app.pending(cookie)["has_pending_updates"]


def test_check_without_newer_data_records_no_update(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock, output: Output
) -> None:
    before = source_row(tables, linked)
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    changed = {name for name, value in source_row(tables, linked).items() if before.get(name) != value}
    assert changed == {"last_reconcile_at"}
    assert source_row(tables, linked)["last_reconcile_at"] == stopped_clock.now
    assert not app.pending(cookie)["has_pending_updates"]
    assert logged_outcomes(output) == ["silent"]


def test_recently_active_item_is_not_checked(
    app: App, linked: LinkedSource, stopped_clock: StoppedClock, output: Output
) -> None:
    stopped_clock.advance(max_silence_s(linked) - 62)
    assert run_status_check(linked) == []
    assert app.providers.calls(linked.provider) == []
    assert logged_outcomes(output) == [], "most checks find no reason"
    assert output.metric_sum("Task") == 0


def test_check_restarts_silence_period(app: App, linked: LinkedSource, stopped_clock: StoppedClock) -> None:
    stopped_clock.advance(max_silence_s(linked))
    assert run_status_check(linked) == []
    app.providers.reset()
    stopped_clock.advance(max_silence_s(linked) - 1)
    assert run_status_check(linked) == []
    assert app.providers.calls(linked.provider) == []
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert app.providers.calls(linked.provider) != []


def test_provider_stamps_decide_not_clocks(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    """Our clock is a year ahead or behind: only a different provider stamp means new data."""
    for ahead_s in (365 * 86400, -400 * 86400):
        make_due(tables, linked, stopped_clock, ahead_s)
        assert run_status_check(linked) == []
        assert not app.pending(cookie)["has_pending_updates"]
    app.control(linked, "trade", silent=True)
    make_due(tables, linked, stopped_clock, 0)
    assert run_status_check(linked) == []
    assert app.pending(cookie)["has_pending_updates"]


def test_delayed_webhook_is_checked_at_once(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, check_queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    app.control(linked, "trade", silent=True)
    deliver_delayed(app, linked, tables, stopped_clock)
    messages = check_queue.drain()
    assert messages == [reconcile_queue.status_check_message(f"{linked.provider}#{linked.item_id}")]
    assert reconcile_queue.process_messages(*messages) == []
    assert "check_due" not in source_row(tables, linked)
    assert app.pending(cookie)["has_pending_updates"]


def test_delayed_webhook_of_known_data_sets_no_flag(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, check_queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    caught = deliver_delayed(app, linked, tables, stopped_clock)
    assert reconcile_queue.process_messages(*check_queue.drain()) == []
    assert "check_due" not in source_row(tables, linked)
    assert not app.pending(cookie)["has_pending_updates"]
    assert [app.deliver(linked.provider, one).status for one in caught] == [403]
    assert check_queue.drain() == [], "a replay has nobody asked again"


def test_failed_refresh_is_checked_hourly_at_most(
    app: App, cookie: str, linked: LinkedSource, stopped_clock: StoppedClock, output: Output
) -> None:
    path = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts"}[linked.provider]
    app.control(linked, "faults", path=path, kind="status", status=500)
    assert app.refresh(cookie, linked.provider).status == 502
    app.providers.reset()
    app.control(linked, "trade", silent=True)
    assert run_status_check(linked) == []
    assert logged_outcomes(output) == ["failed, 1 marked"]
    assert app.pending(cookie)["has_pending_updates"]
    stopped_clock.advance(3599)
    assert run_status_check(linked) == []
    assert logged_outcomes(output) == ["failed, 1 marked"]
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert logged_outcomes(output) == ["failed, 1 marked", "failed"]


def test_update_without_change_is_checked_after_ten_minutes(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    """The provider announced more than it had yet."""
    app.send_webhook(linked)
    assert app.refresh(cookie, linked.provider).status == 200
    assert source_row(tables, linked)["look_again_at"] == stopped_clock.now + 600_000
    app.control(linked, "trade", silent=True)
    stopped_clock.advance(599)
    assert run_status_check(linked) == []
    assert not app.pending(cookie)["has_pending_updates"]
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert "look_again_at" not in source_row(tables, linked)
    assert app.pending(cookie)["has_pending_updates"]


def test_follow_up_check_without_change_is_not_repeated(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    app.send_webhook(linked)
    app.refresh(cookie, linked.provider)
    stopped_clock.advance(600)
    assert run_status_check(linked) == []
    assert "look_again_at" not in source_row(tables, linked)
    assert not app.pending(cookie)["has_pending_updates"]


def test_insistent_refresh_schedules_no_follow_up_check(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    assert app.refresh(cookie, linked.provider).status == 200
    assert "look_again_at" not in source_row(tables, linked)
    app.send_webhook(linked)
    stopped_clock.advance(61)
    app.refresh(cookie, linked.provider)
    assert "look_again_at" in source_row(tables, linked)
    app.trade(linked)
    stopped_clock.advance(61)
    app.refresh(cookie, linked.provider)
    assert "look_again_at" not in source_row(tables, linked), "this time something came"
