"""POST …/holdings/refresh with `paid`: the provider is called once, and the page sees the outcome."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue, tasks_queue
from tests.support.drivers.app import PREFIXES, App, LinkedSource, ProviderName
from tests.support.drivers.paid_refreshes import (
    PAID,
    deliver_paid_refresh,
    paid_calls,
    paid_refresh_status,
    request_paid_refresh,
)
from tests.support.drivers.status_checks import max_silence_s
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
DEADLINE_S = 600


@pytest.mark.threat(id="unwanted-cost")
@pytest.mark.parametrize("word", ["off", "On", "true", " on"])
def test_paid_refresh_returns_403_unless_enabled(
    app: App, cookie: str, tables: Tables, queue: SqsQueue, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    for provider in PROVIDERS:
        app.link(cookie, provider)
    app.providers.reset()
    before = tables.contents()
    monkeypatch.setenv("PAID_REFRESH", word)
    for name in (*PROVIDERS, None):
        refused = app.refresh(cookie, name, PAID)
        assert (refused.status, refused.json["type"]) == (403, "urn:tidings:problem:paid-refresh-off")
    assert queue.drain() == []
    assert tables.contents() == before
    assert [app.providers.calls(name) for name in PROVIDERS] == [[], []]


def test_queued_task_after_switch_off_makes_no_call(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    monkeypatch.setenv("PAID_REFRESH", "off")
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert paid_calls(app) == []
    state = paid_refresh_status(app, cookie, paid_source.provider)
    assert (state["status"], state["reason"]) == ("failed", "paid_refresh_off")


def test_refresh_without_paid_makes_no_paid_call(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    for body in ({}, {"paid": False}, {"all": True}):
        app.refresh(cookie, paid_source.provider, body)
    assert queue.drain() == []
    assert paid_calls(app) == []


def test_paid_refresh_is_requested_called_and_arrives(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    assert paid_refresh_status(app, cookie, paid_source.provider)["status"] == "idle"
    app.control(paid_source, "trade", ticker="MSFT", silent=True)
    accepted = request_paid_refresh(app, cookie, paid_source).json
    assert accepted["status_url"] == f"{PREFIXES[paid_source.provider]}/holdings/refresh"
    assert list(accepted["providers"]) == [paid_source.provider]
    state = paid_refresh_status(app, cookie, paid_source.provider)
    assert accepted["providers"][paid_source.provider] == state
    assert paid_refresh_status(app, cookie)["providers"][paid_source.provider] == state
    assert (state["status"], state["reason"], state["retry_after"]) == ("pulling", None, None)
    assert state["sources"][paid_source.source_id]["requested_at"] == state["requested_at"] is not None
    assert paid_calls(app) == [], "the request itself calls nobody"

    assert tasks_queue.process_messages(*queue.drain()) == []
    assert len(paid_calls(app)) == 1
    assert paid_refresh_status(app, cookie, paid_source.provider)["status"] == "pulling"
    assert {answered.status for answered in deliver_paid_refresh(app, paid_source)} == {200}
    assert paid_refresh_status(app, cookie, paid_source.provider)["status"] == "arrived"
    assert app.pending(cookie, paid_source.provider)["has_pending_updates"] is True

    fresh = app.refresh(cookie, paid_source.provider)
    assert fresh.status == 200, "not 429"
    tickers = {row["ticker"] for row in fresh.json["holdings"]["portfolio_data"]["holdings"]}
    assert "MSFT" in tickers
    assert len(paid_calls(app)) == 1


def test_paid_refresh_webhook_triggers_no_paid_refresh(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    """Nor do the refreshes and reads that follow: a paid loop is impossible."""
    app.control(paid_source, "trade", silent=True)
    request_paid_refresh(app, cookie, paid_source)
    tasks_queue.process_messages(*queue.drain())
    deliver_paid_refresh(app, paid_source)
    app.refresh(cookie, paid_source.provider)
    app.holdings(cookie, paid_source.provider)
    assert queue.drain() == []
    assert len(paid_calls(app)) == 1


def test_webhooks_and_status_checks_make_no_paid_call(
    app: App,
    cookie: str,
    paid_source: LinkedSource,
    queue: SqsQueue,
    check_queue: SqsQueue,
    stopped_clock: StoppedClock,
) -> None:
    app.trade(paid_source)
    app.send_webhook(paid_source, variant="stale")
    for control in ("break", "repair"):
        app.control(paid_source, control)
        app.deliver_all(paid_source.provider)
    stopped_clock.advance(max_silence_s(paid_source))
    assert reconcile_queue.complete_run(check_queue) == []
    assert app.providers.calls(paid_source.provider), "the status check did call the provider"
    assert queue.drain() == []
    assert paid_calls(app) == []


def test_second_paid_refresh_within_cooldown_returns_429(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    again = app.refresh(cookie, paid_source.provider, PAID)
    assert (again.status, again.json["type"]) == (429, "urn:tidings:problem:cooling-down")
    assert len(queue.drain()) == 1


def test_refresh_cooldown_blocks_paid_refresh(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    assert app.refresh(cookie, paid_source.provider).status == 200
    assert app.refresh(cookie, paid_source.provider, PAID).status == 429
    assert queue.drain() == []


def test_follow_up_allows_one_refresh_and_starts_cooldown(
    app: App, cookie: str, paid_source: LinkedSource, stopped_clock: StoppedClock
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    stopped_clock.advance(50)
    assert app.refresh(cookie, paid_source.provider).status == 200
    assert app.refresh(cookie, paid_source.provider).json["retry_after"] == 60
    assert app.refresh(cookie, paid_source.provider, PAID).status == 429
    stopped_clock.advance(60)
    assert app.refresh(cookie, paid_source.provider).status == 200
    assert app.refresh(cookie, paid_source.provider).status == 429, "an ordinary refresh leaves no follow-up"


def test_paid_refresh_is_no_follow_up(
    app: App, cookie: str, paid_source: LinkedSource, stopped_clock: StoppedClock
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    assert app.refresh(cookie, paid_source.provider, PAID).status == 429
    assert app.refresh(cookie, paid_source.provider).status == 200, "the refused one used nothing up"


def test_redelivered_task_makes_no_second_call(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    [message] = queue.drain()
    assert tasks_queue.process_messages(message, message) == []
    assert tasks_queue.process_messages(message) == []
    assert len(paid_calls(app)) == 1


def test_task_of_older_request_makes_no_call(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    [stale_message] = queue.drain()
    stopped_clock.advance(61)
    request_paid_refresh(app, cookie, paid_source)
    assert tasks_queue.process_messages(stale_message) == []
    assert paid_calls(app) == []
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert len(paid_calls(app)) == 1


def test_paid_refresh_past_deadline_fails_without_call(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    request_paid_refresh(app, cookie, paid_source)
    stopped_clock.advance(DEADLINE_S)
    assert paid_refresh_status(app, cookie, paid_source.provider)["status"] == "pulling"
    stopped_clock.advance(1)
    state = paid_refresh_status(app, cookie, paid_source.provider)
    assert (state["status"], state["reason"]) == ("failed", "timed_out")
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert paid_calls(app) == []
    stopped_clock.advance(-DEADLINE_S)
    assert {answered.status for answered in app.send_webhook(paid_source)} == {200}
    stopped_clock.advance(DEADLINE_S)
    assert paid_refresh_status(app, cookie, paid_source.provider)["status"] == "arrived", "delayed, but arrived"
    stopped_clock.advance(3600)
    app.sign_in(lasts_s=7200)
    assert paid_refresh_status(app, cookie, paid_source.provider)["status"] == "idle"


def test_earlier_update_does_not_complete_paid_refresh(app: App, cookie: str, paid_source: LinkedSource) -> None:
    app.send_webhook(paid_source)
    request_paid_refresh(app, cookie, paid_source)
    assert paid_refresh_status(app, cookie, paid_source.provider)["status"] == "pulling"
