"""The reconciler finds missed webhooks and shows their updates as pending."""

from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, Linked
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import (
    change,
    make_due,
    outcomes,
    row_of,
    run_status_check,
    silent_s,
)
from tests.support.drivers.tasks_queue import TasksQueue
from tests.support.fakes.clock import StoppedClock


def test_lost_webhook_is_found_and_refreshed(
    app: App, cookie: str, linked: Linked, check_queue: TasksQueue, stopped_clock: StoppedClock
) -> None:
    app.control(linked, "trade", ticker="MSFT", silent=True)
    stopped_clock.advance(silent_s(linked))
    assert not app.pending(cookie)["has_pending_updates"]
    assert reconcile_queue.run(check_queue) == []
    assert app.pending(cookie)["has_pending_updates"]
    refreshed = app.refresh(cookie, linked.provider).json["holdings"]
    assert "MSFT" in {row["ticker"] for row in refreshed["portfolio_data"]["holdings"]}
    assert not app.pending(cookie)["has_pending_updates"]


def test_check_without_newer_data_records_no_update(
    app: App, cookie: str, linked: Linked, tables: Tables, stopped_clock: StoppedClock, output: Output
) -> None:
    before = row_of(tables, linked)
    stopped_clock.advance(silent_s(linked))
    assert run_status_check(linked) == []
    changed = {name for name, value in row_of(tables, linked).items() if before.get(name) != value}
    assert changed == {"last_reconcile_at"}
    assert row_of(tables, linked)["last_reconcile_at"] == stopped_clock.now
    assert not app.pending(cookie)["has_pending_updates"]
    assert outcomes(output) == ["silent"]


def test_recently_active_item_is_not_checked(
    app: App, linked: Linked, stopped_clock: StoppedClock, output: Output
) -> None:
    stopped_clock.advance(silent_s(linked) - 62)
    assert run_status_check(linked) == []
    assert app.providers.calls(linked.provider) == []
    assert outcomes(output) == ["nothing to do"]


def test_check_restarts_silence_period(app: App, linked: Linked, stopped_clock: StoppedClock) -> None:
    stopped_clock.advance(silent_s(linked))
    assert run_status_check(linked) == []
    app.providers.reset()
    stopped_clock.advance(silent_s(linked) - 1)
    assert run_status_check(linked) == []
    assert app.providers.calls(linked.provider) == []
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert app.providers.calls(linked.provider) != []


def test_provider_stamps_decide_not_clocks(
    app: App, cookie: str, linked: Linked, tables: Tables, stopped_clock: StoppedClock
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
    app: App, cookie: str, linked: Linked, tables: Tables, check_queue: TasksQueue, stopped_clock: StoppedClock
) -> None:
    app.control(linked, "trade", silent=True)
    caught = app.providers.webhooks(linked.provider, **linked.named)
    stopped_clock.advance(1200)
    change(tables, linked, "SET last_fetched_at = :n", n=1)
    assert [app.deliver(linked.provider, one).status for one in caught] == [403]
    messages = check_queue.taken()
    assert messages == [reconcile_queue.status_check_message(f"{linked.provider}#{linked.item_id}")]
    assert reconcile_queue.do(*messages) == []
    assert "check_due" not in row_of(tables, linked)
    assert app.pending(cookie)["has_pending_updates"]


def test_delayed_webhook_of_known_data_sets_no_flag(
    app: App, cookie: str, linked: Linked, tables: Tables, check_queue: TasksQueue, stopped_clock: StoppedClock
) -> None:
    caught = app.providers.webhooks(linked.provider, **linked.named)
    stopped_clock.advance(1200)
    change(tables, linked, "SET last_fetched_at = :n", n=1)
    assert [app.deliver(linked.provider, one).status for one in caught] == [403]
    assert reconcile_queue.do(*check_queue.taken()) == []
    assert "check_due" not in row_of(tables, linked)
    assert not app.pending(cookie)["has_pending_updates"]
    assert [app.deliver(linked.provider, one).status for one in caught] == [403]
    assert check_queue.taken() == [], "a replay has nobody asked again"


def test_failed_refresh_is_checked_hourly(
    app: App, cookie: str, linked: Linked, stopped_clock: StoppedClock, output: Output
) -> None:
    path = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts"}[linked.provider]
    app.control(linked, "faults", path=path, kind="status", status=500)
    assert app.refresh(cookie, linked.provider).status == 502
    app.providers.reset()
    app.control(linked, "trade", silent=True)
    assert run_status_check(linked) == []
    assert outcomes(output) == ["failed, 1 marked"]
    assert app.pending(cookie)["has_pending_updates"]
    stopped_clock.advance(3599)
    assert run_status_check(linked) == []
    assert outcomes(output)[-1] == "nothing to do"
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert outcomes(output)[-1] == "failed"


def test_update_without_change_is_checked_after_ten_minutes(
    app: App, cookie: str, linked: Linked, tables: Tables, stopped_clock: StoppedClock
) -> None:
    """The provider announced more than it had yet."""
    app.webhook(linked)
    assert app.refresh(cookie, linked.provider).status == 200
    assert row_of(tables, linked)["look_again_at"] == stopped_clock.now + 600_000
    app.control(linked, "trade", silent=True)
    stopped_clock.advance(599)
    assert run_status_check(linked) == []
    assert not app.pending(cookie)["has_pending_updates"]
    stopped_clock.advance(1)
    assert run_status_check(linked) == []
    assert "look_again_at" not in row_of(tables, linked)
    assert app.pending(cookie)["has_pending_updates"]


def test_follow_up_check_without_change_is_not_repeated(
    app: App, cookie: str, linked: Linked, tables: Tables, stopped_clock: StoppedClock
) -> None:
    app.webhook(linked)
    app.refresh(cookie, linked.provider)
    stopped_clock.advance(600)
    assert run_status_check(linked) == []
    assert "look_again_at" not in row_of(tables, linked)
    assert not app.pending(cookie)["has_pending_updates"]


def test_insistent_refresh_schedules_no_follow_up_check(
    app: App, cookie: str, linked: Linked, tables: Tables, stopped_clock: StoppedClock
) -> None:
    assert app.refresh(cookie, linked.provider).status == 200
    assert "look_again_at" not in row_of(tables, linked)
    app.webhook(linked)
    stopped_clock.advance(61)
    app.refresh(cookie, linked.provider)
    assert "look_again_at" in row_of(tables, linked)
    app.trade(linked)
    stopped_clock.advance(61)
    app.refresh(cookie, linked.provider)
    assert "look_again_at" not in row_of(tables, linked), "this time something came"
