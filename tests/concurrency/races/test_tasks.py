"""The browser, the webhook's task and refreshes run concurrently."""

import json

import pytest

from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App
from tests.support.drivers.link_session import FinishedSession
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh
from tests.support.drivers.user_driver import UserDriver, held
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.fault_injection import Pause, Paused

EXCHANGE = "/item/public_token/exchange"


@pytest.fixture
def session(app: App, investor: UserDriver, monkeypatch: pytest.MonkeyPatch) -> FinishedSession:
    monkeypatch.setenv("PLAID_WEBHOOK_URL", f"{app.providers.catcher.url}/plaid")
    return FinishedSession.create(investor)


def by_task(session: FinishedSession) -> Invocation:
    return Invocation(tasks_queue.ROUTE, tasks_queue.batch(session.message))


@pytest.mark.parametrize("round_", range(3))
def test_browser_and_webhook_concurrently_link_item_once(
    session: FinishedSession, process_pool: ProcessPool, round_: int
) -> None:
    invocations = [session.browser(), by_task(session), by_task(session), session.browser()]
    answers = process_pool.all_at_once(invocations if round_ % 2 else reversed(invocations))

    assert sorted(answered.status for answered in answers) == [200, 200, 201, 201], "who comes second waits a moment"
    items = {body["item_id"] for answered in answers if "item_id" in (body := json.loads(answered.text))}
    assert items == {session.item_id}
    assert all("itemIdentifier" not in answered.text for answered in answers), "no task failed"
    assert list(session.investor.state()) == [f"source#plaid#{session.item_id}"]
    assert session.investor.state()[f"source#plaid#{session.item_id}"]["generation"] == 1
    assert len(session.investor.app.providers.calls("plaid", EXCHANGE)) == 1


@pytest.mark.parametrize("first", ["browser", "task"])
def test_second_completion_waits_for_first_result(
    session: FinishedSession, process_pool: ProcessPool, first: str
) -> None:
    held_up = Pause("Encrypt")
    both = {"browser": session.browser(tactic=held_up), "task": by_task(session)}
    if first == "task":
        both = {
            "browser": session.browser(),
            "task": Invocation(tasks_queue.ROUTE, by_task(session).event, tactic=held_up),
        }
    slow = process_pool.begin(both.pop(first))
    assert slow.outcome() == Paused("Encrypt")
    [other] = both.values()
    waiting = process_pool.begin(other)

    slow.proceed()
    assert {slow.answer().status, waiting.answer().status} == {200, 201}
    assert session.investor.state()[f"source#plaid#{session.item_id}"]["generation"] == 1
    assert len(session.investor.app.providers.calls("plaid", EXCHANGE)) == 1


def test_item_revoked_during_refresh_stays_deleted(investor: UserDriver, process_pool: ProcessPool) -> None:
    linked = investor.holds("plaid")
    investor.delivers(linked, investor.trades(linked))
    slow = process_pool.begin(refresh(investor.cookie, "plaid", tactic=Pause("BatchWriteItem")))
    assert slow.outcome() == Paused("BatchWriteItem")
    investor.delivers(linked, investor.announced(linked, type="ITEM", code="USER_PERMISSION_REVOKED"))
    assert tasks_queue.do({"kind": "end_access", "about": {"item_id": linked.item_id}}) == []

    slow.proceed()
    slow.answer()
    assert (investor.heads(), investor.parts(), investor.held()) == ({}, set(), [])
    assert investor.row(linked)["status"] == "revoked"
    assert not investor.pending()


def test_account_revoked_during_refresh_stays_deleted(
    investor: UserDriver, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    linked = investor.holds("plaid")
    item = investor.app.providers.plaid_simulator.state["items"][linked.item_id]
    gone = item["accounts"][0]["account_id"]
    slow = process_pool.begin(refresh(investor.cookie, "plaid", tactic=Pause("TransactWriteItems")))
    assert slow.outcome() == Paused("TransactWriteItems")
    order = {"type": "ITEM", "code": "USER_ACCOUNT_REVOKED", "account_id": gone}
    investor.delivers(linked, investor.announced(linked, **order))
    assert tasks_queue.do({"kind": "forget_account", "about": {"item_id": linked.item_id, "account_id": gone}}) == []
    kept = investor.held()

    slow.proceed()
    slow.answer()
    assert investor.held() == kept
    assert investor.pending("plaid"), "the refresh that is to show it without the account has not begun yet"
    item["positions"] = [position for position in item["positions"] if position["account_id"] != gone]
    item["accounts"] = [account for account in item["accounts"] if account["account_id"] != gone]
    ahead.by_s = 61
    assert held(investor.refreshed("plaid")) == kept
    assert investor.parts() == investor.named_parts()
