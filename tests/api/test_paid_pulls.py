"""POST …/holdings/refresh with `paid`: the broker is asked for money, once, and the page learns what became of it."""

from typing import Any

import pytest

from tests.e2e.waiting import wait_until
from tests.support import tasks
from tests.support.app import PREFIXES, App, Linked, ProviderName
from tests.support.aws_calls import hooked, unreachable
from tests.support.calls import Answered
from tests.support.clock import StoppedClock
from tests.support.output import Output
from tests.support.tables import Tables
from tests.support.tasks import TasksQueue
from tidings import providers

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
PAID = {"paid": True}
DEADLINE_S = 600


@pytest.fixture
def _paid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAID_REFRESH", "on")


@pytest.fixture(params=PROVIDERS)
def linked(app: App, cookie: str, request: pytest.FixtureRequest, stopped_clock: StoppedClock, _paid: None) -> Linked:
    """A fetched source whose cooldown is over, where pulls are allowed."""
    linked = app.fetched(cookie, request.param)
    stopped_clock.advance(61)
    app.providers.reset()
    return linked


def paid_calls(app: App) -> list[str]:
    asked = [call["path"] for name in PROVIDERS for call in app.providers.calls(name)]
    return [path for path in asked if path.endswith("/refresh") or "balance/get" in path]


def pulled(app: App, cookie: str, provider: str | None = None) -> Any:  # noqa: ANN401 - JSON
    answered = app.request(f"GET {PREFIXES.get(provider or '', '')}/holdings/refresh", cookie)
    assert answered.status == 200, answered.text
    return answered.json


def ask(app: App, cookie: str, linked: Linked) -> Answered:
    answered = app.refresh(cookie, linked.provider, PAID)
    assert answered.status == 202, answered.text
    return answered


def fault(app: App, linked: Linked, **answer: object) -> None:
    simulator = app.providers.plaid if linked.provider == "plaid" else app.providers.snaptrade
    path = "/investments/refresh" if linked.provider == "plaid" else f"/authorizations/{linked.source_id}/refresh"
    simulator("faults", path=path, **answer)


# --- off


@pytest.mark.parametrize("word", ["off", "On", "true", " on"])
def test_unless_the_deployment_allows_it_it_is_403_and_nothing_happens(
    app: App, cookie: str, tables: Tables, queue: TasksQueue, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    for provider in PROVIDERS:
        app.link(cookie, provider)
    app.providers.reset()
    before = tables.contents()
    monkeypatch.setenv("PAID_REFRESH", word)
    for name in (*PROVIDERS, None):
        refused = app.refresh(cookie, name, PAID)
        assert (refused.status, refused.json["type"]) == (403, "urn:tidings:problem:paid-refresh-off")
    assert queue.taken() == []
    assert tables.contents() == before
    assert [app.providers.calls(name) for name in PROVIDERS] == [[], []]


def test_a_task_left_from_before_it_was_switched_off_calls_nothing(
    app: App, cookie: str, linked: Linked, queue: TasksQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(app, cookie, linked)
    monkeypatch.setenv("PAID_REFRESH", "off")
    assert tasks.do(*queue.taken()) == []
    assert paid_calls(app) == []
    told = pulled(app, cookie, linked.provider)
    assert (told["status"], told["reason"]) == ("failed", "paid_refresh_off")


def test_without_paid_no_paid_call_is_made(app: App, cookie: str, linked: Linked, queue: TasksQueue) -> None:
    for body in ({}, {"paid": False}, {"all": True}):
        app.refresh(cookie, linked.provider, body)
    assert queue.taken() == []
    assert paid_calls(app) == []


# --- on


def test_it_is_asked_for_called_and_arrives(
    app: App, cookie: str, linked: Linked, queue: TasksQueue, stopped_clock: StoppedClock
) -> None:
    assert pulled(app, cookie, linked.provider)["status"] == "idle"
    app.control(linked, "trade", ticker="MSFT", silent=True)
    accepted = ask(app, cookie, linked).json
    assert accepted["status_url"] == f"{PREFIXES[linked.provider]}/holdings/refresh"
    assert list(accepted["providers"]) == [linked.provider]
    told = pulled(app, cookie, linked.provider)
    assert accepted["providers"][linked.provider] == told
    assert pulled(app, cookie)["providers"][linked.provider] == told
    assert (told["status"], told["reason"], told["retry_after"]) == ("pulling", None, None)
    assert told["sources"][linked.source_id]["requested_at"] == told["requested_at"] is not None
    assert paid_calls(app) == [], "the request itself calls nobody"

    assert tasks.do(*queue.taken()) == []
    assert len(paid_calls(app)) == 1
    assert pulled(app, cookie, linked.provider)["status"] == "pulling"
    assert {answered.status for answered in settled(app, linked)} == {200}
    assert pulled(app, cookie, linked.provider)["status"] == "arrived"
    assert app.pending(cookie, linked.provider)["has_pending_updates"] is True

    fresh = app.refresh(cookie, linked.provider)
    assert fresh.status == 200, "not 429"
    tickers = {row["ticker"] for row in fresh.json["holdings"]["portfolio_data"]["holdings"]}
    assert "MSFT" in tickers
    assert len(paid_calls(app)) == 1


def settled(app: App, linked: Linked) -> list[Answered]:
    """What the provider sends after a pull, handed over; it sends from the background."""
    wait_until(lambda: app.providers.catcher.caught, "the provider told nothing")
    return app.deliver_all(linked.provider)


def test_a_pull_s_webhook_leads_to_no_pull(app: App, cookie: str, linked: Linked, queue: TasksQueue) -> None:
    """Nor do the refreshes and reads that follow it: no loop that costs."""
    app.control(linked, "trade", silent=True)
    ask(app, cookie, linked)
    tasks.do(*queue.taken())
    settled(app, linked)
    app.refresh(cookie, linked.provider)
    app.holdings(cookie, linked.provider)
    assert queue.taken() == []
    assert len(paid_calls(app)) == 1


def test_a_second_one_within_the_cooldown_is_429(app: App, cookie: str, linked: Linked, queue: TasksQueue) -> None:
    ask(app, cookie, linked)
    again = app.refresh(cookie, linked.provider, PAID)
    assert (again.status, again.json["type"]) == (429, "urn:tidings:problem:cooling-down")
    assert len(queue.taken()) == 1


def test_a_refresh_s_claim_keeps_a_pull_out(app: App, cookie: str, linked: Linked, queue: TasksQueue) -> None:
    assert app.refresh(cookie, linked.provider).status == 200
    assert app.refresh(cookie, linked.provider, PAID).status == 429
    assert queue.taken() == []


def test_the_follow_up_is_one_refresh_and_begins_a_whole_cooldown(
    app: App, cookie: str, linked: Linked, stopped_clock: StoppedClock
) -> None:
    ask(app, cookie, linked)
    stopped_clock.advance(50)
    assert app.refresh(cookie, linked.provider).status == 200
    assert app.refresh(cookie, linked.provider).json["retry_after"] == 60
    assert app.refresh(cookie, linked.provider, PAID).status == 429
    stopped_clock.advance(60)
    assert app.refresh(cookie, linked.provider).status == 200
    assert app.refresh(cookie, linked.provider).status == 429, "an ordinary refresh leaves no follow-up"


def test_a_pull_is_no_follow_up_of_a_pull(app: App, cookie: str, linked: Linked, stopped_clock: StoppedClock) -> None:
    ask(app, cookie, linked)
    assert app.refresh(cookie, linked.provider, PAID).status == 429
    assert app.refresh(cookie, linked.provider).status == 200, "the refused one used nothing up"


def test_a_task_that_is_delivered_again_calls_no_second_time(
    app: App, cookie: str, linked: Linked, queue: TasksQueue
) -> None:
    ask(app, cookie, linked)
    [message] = queue.taken()
    assert tasks.do(message, message) == []
    assert tasks.do(message) == []
    assert len(paid_calls(app)) == 1


def test_a_task_of_an_older_request_calls_nothing(
    app: App, cookie: str, linked: Linked, queue: TasksQueue, stopped_clock: StoppedClock
) -> None:
    ask(app, cookie, linked)
    [late] = queue.taken()
    stopped_clock.advance(61)
    ask(app, cookie, linked)
    assert tasks.do(late) == []
    assert paid_calls(app) == []
    assert tasks.do(*queue.taken()) == []
    assert len(paid_calls(app)) == 1


def test_past_its_deadline_it_failed_and_nothing_is_called_any_more(
    app: App, cookie: str, linked: Linked, queue: TasksQueue, stopped_clock: StoppedClock
) -> None:
    ask(app, cookie, linked)
    stopped_clock.advance(DEADLINE_S)
    assert pulled(app, cookie, linked.provider)["status"] == "pulling"
    stopped_clock.advance(1)
    told = pulled(app, cookie, linked.provider)
    assert (told["status"], told["reason"]) == ("failed", "timed_out")
    assert tasks.do(*queue.taken()) == []
    assert paid_calls(app) == []
    stopped_clock.advance(-DEADLINE_S)
    assert {answered.status for answered in app.webhook(linked)} == {200}
    stopped_clock.advance(DEADLINE_S)
    assert pulled(app, cookie, linked.provider)["status"] == "arrived", "late, but there"
    stopped_clock.advance(3600)
    app.sign_in(lasts_s=7200)
    assert pulled(app, cookie, linked.provider)["status"] == "idle"


def test_news_from_before_is_not_the_pull_s(app: App, cookie: str, linked: Linked) -> None:
    app.webhook(linked)
    ask(app, cookie, linked)
    assert pulled(app, cookie, linked.provider)["status"] == "pulling"


# --- answers that are no failures of the connection

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
def test_a_refusal_is_an_answer(
    app: App,
    cookie: str,
    queue: TasksQueue,
    stopped_clock: StoppedClock,
    output: Output,
    _paid: None,
    provider: ProviderName,
    code: int,
    body: dict[str, object],
    status: str,
    reason: str,
) -> None:
    linked = app.fetched(cookie, provider)
    stopped_clock.advance(61)
    fault(app, linked, kind="status", status=code, body=body, headers={"Retry-After": "90"}, times=1)
    ask(app, cookie, linked)
    assert tasks.do(*queue.taken()) == [], "done: another try would be paid again"
    told = pulled(app, cookie, provider)["sources"][linked.source_id]
    assert (told["status"], told["reason"]) == (status, reason)
    assert told["retry_after"] == (90 if code == 429 else None)
    [connection] = app.request("GET /connections", cookie).json["connections"]
    assert (connection["status"], connection["pending"]) == ("ok", False)
    assert output.counted("PaidPull", provider=provider, outcome="failed" if status == "failed" else "refused") == 1
    assert app.refresh(cookie, provider).status == 200, "reading works on"


def test_a_broken_connection_must_be_connected_again(app: App, cookie: str, linked: Linked, queue: TasksQueue) -> None:
    """SnapTrade's 402, Plaid's ITEM_LOGIN_REQUIRED; whose webhook was lost."""
    app.control(linked, "break")
    app.providers.catcher.caught.clear()
    ask(app, cookie, linked)
    assert tasks.do(*queue.taken()) == []
    told = pulled(app, cookie, linked.provider)
    assert (told["status"], told["reason"]) == ("unavailable", "reconnect_required")
    [connection] = app.request("GET /connections", cookie).json["connections"]
    assert connection["status"] == "reconnect_required"


def test_plaid_may_take_longer_than_a_read(
    app: App, cookie: str, queue: TasksQueue, _paid: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidings.providers.http_client.call.__kwdefaults__", {"cap_s": 0.2})
    linked = Linked("plaid", *(2 * [app.link_plaid(cookie)]))
    fault(app, linked, kind="delay", delay_s=0.6, times=1)
    ask(app, cookie, linked)
    tasks.do(*queue.taken())
    assert pulled(app, cookie, "plaid")["status"] == "pulling"


def test_a_pull_that_is_answered_too_late_failed(
    app: App, cookie: str, linked: Linked, queue: TasksQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidings.pulls._CALLING_S", 0.2)
    fault(app, linked, kind="delay", delay_s=1, times=1)
    ask(app, cookie, linked)
    assert tasks.do(*queue.taken()) == []
    told = pulled(app, cookie, linked.provider)
    assert (told["status"], told["reason"]) == ("failed", "provider_timeout")


# --- limits


def test_pulls_are_counted_and_beyond_the_budget_refused(
    app: App,
    cookie: str,
    linked: Linked,
    queue: TasksQueue,
    tables: Tables,
    stopped_clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if linked.provider == "plaid":
        app.link_plaid(cookie)
    else:
        app.link_snaptrade(cookie, broker="FIDELITY")
    assert app.refresh(cookie, linked.provider).status == 200
    stopped_clock.advance(61)
    monkeypatch.setattr(f"tidings.providers.{linked.provider}.pulling.CALLS_PER_MINUTE", 2)
    ask(app, cookie, linked)
    assert tasks.do(*queue.taken()) == []
    assert len(paid_calls(app)) == 1
    told = pulled(app, cookie, linked.provider)
    assert told["status"] == "pulling"
    assert 1 <= told["retry_after"] <= 65
    assert sorted((one["status"], one["reason"]) for one in told["sources"].values()) == [
        ("pulling", None),
        ("unavailable", "provider_busy"),
    ]
    budget = {"plaid": "plaid-pulls", "snaptrade": "snaptrade"}[linked.provider]
    counted = [
        int(row["calls"]) for row in tables.rows("ProviderBudgetsTable") if row["window"].startswith(f"{budget}#")
    ]
    assert counted[-1] == 1


def test_the_budgets_are_the_providers() -> None:
    plaid, snaptrade = providers.puller("plaid"), providers.puller("snaptrade")
    assert (plaid.BUDGET, plaid.CALLS_PER_MINUTE) == ("plaid-pulls", 100)
    assert (snaptrade.BUDGET, snaptrade.CALLS_PER_MINUTE) == ("snaptrade", 250)


# --- whom it reaches


def test_both_providers_and_all_sources_get_a_task_each(app: App, cookie: str, queue: TasksQueue, _paid: None) -> None:
    sources = [app.link(cookie, "plaid"), app.link(cookie, "plaid"), app.link(cookie, "snaptrade")]
    accepted = app.refresh(cookie, None, PAID)
    assert (accepted.status, accepted.json["status_url"]) == (202, "/holdings/refresh")
    messages = queue.taken()
    assert sorted(message["about"]["source_id"] for message in messages) == sorted(one.source_id for one in sources)
    assert tasks.do(*messages) == []
    assert len(paid_calls(app)) == 3
    assert {one["status"] for one in pulled(app, cookie)["providers"].values()} == {"pulling"}


def test_one_provider_cooling_down_does_not_keep_the_other(
    app: App, cookie: str, linked: Linked, queue: TasksQueue
) -> None:
    other: ProviderName = "snaptrade" if linked.provider == "plaid" else "plaid"
    app.fetched(cookie, other)
    accepted = app.refresh(cookie, None, PAID)
    assert accepted.status == 202
    told = accepted.json["providers"]
    assert told[linked.provider]["status"] == "pulling"
    assert (told[other]["status"], told[other]["reason"]) == ("unavailable", "cooling_down")
    assert 0 < told[other]["retry_after"] <= 60
    assert len(queue.taken()) == 1


def test_where_nothing_is_connected_nothing_is_claimed(
    app: App, cookie: str, queue: TasksQueue, tables: Tables, _paid: None
) -> None:
    accepted = app.refresh(cookie, None, PAID)
    assert accepted.status == 202
    assert {one["reason"] for one in accepted.json["providers"].values()} == {"not_connected"}
    assert queue.taken() == tables.rows("UpdateStateTable") == []
    assert {one["status"] for one in pulled(app, cookie)["providers"].values()} == {"idle"}


def test_nobody_sees_or_pulls_another_user_s(app: App, cookie: str, linked: Linked, queue: TasksQueue) -> None:
    other = app.sign_in("bob")
    assert app.refresh(other, linked.provider, PAID).json["providers"][linked.provider]["reason"] == "not_connected"
    ask(app, cookie, linked)
    [message] = queue.taken()
    assert pulled(app, other, linked.provider) == {
        "status": "idle", "reason": None, "requested_at": None, "retry_after": None, "sources": {}
    }  # fmt: skip
    message["about"]["user_id"] = "bob"
    assert tasks.do(message) == []
    assert paid_calls(app) == []


def test_what_was_unlinked_meanwhile_is_not_pulled(app: App, cookie: str, linked: Linked, queue: TasksQueue) -> None:
    ask(app, cookie, linked)
    path = f"/plaid/items/{linked.item_id}" if linked.provider == "plaid" else "/connections"
    name = "item_id" if linked.provider == "plaid" else ""
    route = "DELETE /plaid/items/{item_id}" if name else f"DELETE {path}"
    assert app.request(route, cookie, parameters={name: linked.item_id} if name else {}).status == 204
    assert tasks.do(*queue.taken()) == []
    assert paid_calls(app) == []
    assert pulled(app, cookie, linked.provider)["sources"] == {}


# --- our own failures


def test_while_the_queue_is_down_it_is_503_and_the_claim_is_given_back(
    app: App, cookie: str, linked: Linked, tables: Tables
) -> None:
    with hooked(unreachable, "sqs"):
        refused = app.refresh(cookie, linked.provider, PAID)
    assert (refused.status, refused.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    told = pulled(app, cookie, linked.provider)
    assert (told["status"], told["reason"]) == ("failed", "store_unavailable")
    assert tables.claim(linked.provider)["retry_at"] == 0  # type: ignore[index]
    assert app.refresh(cookie, linked.provider, PAID).status == 202


def test_a_task_whose_credential_can_t_be_opened_now_is_tried_again_and_called_once(
    app: App, cookie: str, linked: Linked, queue: TasksQueue
) -> None:
    ask(app, cookie, linked)
    [message] = queue.taken()
    with hooked(unreachable, "kms"):
        assert tasks.do(message) == ["m0"]
    assert paid_calls(app) == []
    assert tasks.do(message) == []
    assert len(paid_calls(app)) == 1
