"""Paid refreshes that the provider or our rate limit refuses: the connection stays healthy."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.output import Output
from tests.support.drivers.paid_refreshes import (
    PAID,
    fail_paid_refresh,
    paid_calls,
    paid_refresh_status,
    request_paid_refresh,
)
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings import providers
from tidings.http import client as http_client
from tidings.refresh import paid_refresh

PLAID, SNAPTRADE = "plaid", "snaptrade"
UNSUPPORTED = {"error_type": "ITEM_ERROR", "error_message": "no", "display_message": None}
REFUSALS = [
    (PLAID, 400, {**UNSUPPORTED, "error_code": "PRODUCT_NOT_SUPPORTED"}, "unavailable", "product_not_supported"),
    (PLAID, 400, {**UNSUPPORTED, "error_code": "PRODUCTS_NOT_SUPPORTED"}, "unavailable", "products_not_supported"),
    (PLAID, 429, {"error_type": "RATE_LIMIT_EXCEEDED", "error_code": "X"}, "unavailable", "too_recently"),
    (PLAID, 500, {}, "failed", "provider_outage"),
    (SNAPTRADE, 403, {"code": "1141"}, "unavailable", "not_available_for_this_connection"),
    (SNAPTRADE, 403, {"detail": "no"}, "unavailable", "not_available_for_this_connection"),
    (SNAPTRADE, 429, {"detail": "Connection refreshed too recently"}, "unavailable", "too_recently"),
    (SNAPTRADE, 500, {}, "failed", "provider_outage"),
]


@pytest.mark.parametrize(("provider", "code", "body", "status", "reason"), REFUSALS)
def test_refused_paid_refresh_is_final(
    app: App,
    cookie: str,
    queue: SqsQueue,
    stopped_clock: StoppedClock,
    output: Output,
    paid: None,
    provider: ProviderName,
    code: int,
    body: dict[str, object],
    status: str,
    reason: str,
) -> None:
    paid_source = app.link_and_refresh(cookie, provider)
    stopped_clock.advance(61)
    fail_paid_refresh(app, paid_source, kind="status", status=code, body=body, headers={"Retry-After": "90"}, times=1)
    request_paid_refresh(app, cookie, paid_source)
    assert tasks_queue.process_messages(*queue.drain()) == [], "done: another try would be paid again"
    state = paid_refresh_status(app, cookie, provider)["sources"][paid_source.source_id]
    assert (state["status"], state["reason"]) == (status, reason)
    assert state["retry_after"] == (90 if code == 429 else None)
    [connection] = app.connections(cookie)
    assert (connection["status"], connection["pending"]) == ("ok", False)
    assert output.metric_sum("PaidPull", provider=provider, outcome="failed" if status == "failed" else "refused") == 1
    assert app.refresh(cookie, provider).status == 200, "reading works on"


def test_broken_connection_requires_reconnect_on_paid_refresh(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue
) -> None:
    """SnapTrade's 402 or Plaid's ITEM_LOGIN_REQUIRED, whose webhook was lost."""
    app.control(paid_source, "break")
    app.providers.catcher.captured.clear()
    request_paid_refresh(app, cookie, paid_source)
    assert tasks_queue.process_messages(*queue.drain()) == []
    state = paid_refresh_status(app, cookie, paid_source.provider)
    assert (state["status"], state["reason"]) == ("unavailable", "reconnect_required")
    [connection] = app.connections(cookie)
    assert connection["status"] == "reconnect_required"


def test_paid_refresh_of_ended_connections_requires_reconnect(
    app: App, cookie: str, queue: SqsQueue, stopped_clock: StoppedClock, tables: Tables, paid: None
) -> None:
    """SnapTrade's user is not ended by a connection that is."""
    linked = app.link_and_refresh(cookie, "snaptrade")
    stopped_clock.advance(61)
    fail_paid_refresh(app, linked, kind="status", status=404, body={"code": "1003"}, times=1)
    request_paid_refresh(app, cookie, linked)
    assert tasks_queue.process_messages(*queue.drain()) == []
    stopped_clock.advance(61)
    before = tables.cooldown("snaptrade")
    refused = app.refresh(cookie, "snaptrade", PAID)
    assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert tables.cooldown("snaptrade") == before


def test_plaid_paid_refresh_may_take_longer_than_fetch(
    app: App, cookie: str, queue: SqsQueue, paid: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = http_client.send_request.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "cap_s", 1.0)
    paid_source = LinkedSource("plaid", *(2 * [app.link_plaid(cookie)]))
    fail_paid_refresh(app, paid_source, kind="delay", delay_s=2.5, times=1)
    request_paid_refresh(app, cookie, paid_source)
    tasks_queue.process_messages(*queue.drain())
    assert paid_refresh_status(app, cookie, "plaid")["status"] == "pulling"


def test_timed_out_paid_refresh_fails(
    app: App, cookie: str, paid_source: LinkedSource, queue: SqsQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paid_refresh, "_CALL_TIMEOUT_S", 0.2)
    fail_paid_refresh(app, paid_source, kind="delay", delay_s=15, times=1)
    request_paid_refresh(app, cookie, paid_source)
    assert tasks_queue.process_messages(*queue.drain()) == []
    state = paid_refresh_status(app, cookie, paid_source.provider)
    assert (state["status"], state["reason"]) == ("failed", "provider_timeout")


def test_paid_refreshes_over_rate_limit_are_refused(
    app: App,
    cookie: str,
    paid_source: LinkedSource,
    queue: SqsQueue,
    tables: Tables,
    stopped_clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if paid_source.provider == "plaid":
        app.link_plaid(cookie)
    else:
        app.link_snaptrade(cookie, broker="FIDELITY")
    assert app.refresh(cookie, paid_source.provider).status == 200
    stopped_clock.advance(61)
    monkeypatch.setattr(providers.paid_refresher(paid_source.provider), "CALLS_PER_MINUTE", 2)
    request_paid_refresh(app, cookie, paid_source)
    assert tasks_queue.process_messages(*queue.drain()) == []
    assert len(paid_calls(app)) == 1
    state = paid_refresh_status(app, cookie, paid_source.provider)
    assert state["status"] == "pulling"
    assert 1 <= state["retry_after"] <= 65
    assert sorted((one["status"], one["reason"]) for one in state["sources"].values()) == [
        ("pulling", None),
        ("unavailable", "provider_busy"),
    ]
    budget = {"plaid": "plaid-pulls", "snaptrade": "snaptrade"}[paid_source.provider]
    counted = [
        int(row["calls"]) for row in tables.rows("ProviderBudgetsTable") if row["window"].startswith(f"{budget}#")
    ]
    assert counted[-1] == 1


def test_paid_refresh_rate_limits_match_providers() -> None:
    plaid, snaptrade = providers.paid_refresher("plaid"), providers.paid_refresher("snaptrade")
    assert (plaid.RATE_COUNTER, plaid.CALLS_PER_MINUTE) == ("plaid-pulls", 100)
    assert (snaptrade.RATE_COUNTER, snaptrade.CALLS_PER_MINUTE) == ("snaptrade", 250)
