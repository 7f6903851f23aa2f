"""The browser, the webhook's task and refreshes run concurrently."""

import json

import pytest

from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App
from tests.support.drivers.link_session import FinishedSession
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh_invocation
from tests.support.drivers.user_driver import UserDriver, shown_holdings
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.fault_injection import Pause, Paused

EXCHANGE = "/item/public_token/exchange"


@pytest.fixture
def session(app: App, user_driver: UserDriver, monkeypatch: pytest.MonkeyPatch) -> FinishedSession:
    monkeypatch.setenv("PLAID_WEBHOOK_URL", f"{app.providers.catcher.url}/plaid")
    return FinishedSession.create(user_driver)


def by_task(session: FinishedSession) -> Invocation:
    return Invocation(tasks_queue.ROUTE, tasks_queue.sqs_event(session.message))


@pytest.mark.parametrize("round_", range(3))
def test_browser_and_webhook_concurrently_link_item_once(
    session: FinishedSession, process_pool: ProcessPool, round_: int
) -> None:
    invocations = [session.completion_request(), by_task(session), by_task(session), session.completion_request()]
    answers = process_pool.run_concurrently(invocations if round_ % 2 else reversed(invocations))

    assert sorted(answered.status for answered in answers) == [200, 200, 201, 201], "who comes second waits a moment"
    items = {body["item_id"] for answered in answers if "item_id" in (body := json.loads(answered.text))}
    assert items == {session.item_id}
    assert all("itemIdentifier" not in answered.text for answered in answers), "no task failed"
    assert list(session.user_driver.state()) == [f"source#plaid#{session.item_id}"]
    assert session.user_driver.state()[f"source#plaid#{session.item_id}"]["generation"] == 1
    assert len(session.user_driver.app.providers.calls("plaid", EXCHANGE)) == 1


@pytest.mark.parametrize("first", ["browser", "task"])
def test_second_completion_waits_for_first_result(
    session: FinishedSession, process_pool: ProcessPool, first: str
) -> None:
    held_up = Pause("Encrypt")
    both = {"browser": session.completion_request(store_fault=held_up), "task": by_task(session)}
    if first == "task":
        both = {
            "browser": session.completion_request(),
            "task": Invocation(tasks_queue.ROUTE, by_task(session).event, store_fault=held_up),
        }
    slow = process_pool.start_process(both.pop(first))
    assert slow.outcome() == Paused("Encrypt")
    [other] = both.values()
    waiting = process_pool.start_process(other)

    slow.proceed()
    assert {slow.response().status, waiting.response().status} == {200, 201}
    assert session.user_driver.state()[f"source#plaid#{session.item_id}"]["generation"] == 1
    assert len(session.user_driver.app.providers.calls("plaid", EXCHANGE)) == 1


def test_item_revoked_during_refresh_stays_deleted(user_driver: UserDriver, process_pool: ProcessPool) -> None:
    linked = user_driver.link_and_refresh("plaid")
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))
    slow = process_pool.start_process(
        refresh_invocation(user_driver.cookie, "plaid", store_fault=Pause("BatchWriteItem"))
    )
    assert slow.outcome() == Paused("BatchWriteItem")
    user_driver.deliver_webhooks(
        linked, user_driver.capture_webhooks(linked, type="ITEM", code="USER_PERMISSION_REVOKED")
    )
    assert tasks_queue.process_messages({"kind": "end_access", "about": {"item_id": linked.item_id}}) == []

    slow.proceed()
    slow.response()
    assert (user_driver.heads(), user_driver.parts(), user_driver.shown_holdings()) == ({}, set(), [])
    assert user_driver.source_row(linked)["status"] == "revoked"
    assert not user_driver.pending()


def test_account_revoked_during_refresh_stays_deleted(
    user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    linked = user_driver.link_and_refresh("plaid")
    item = user_driver.app.providers.plaid_simulator.state["items"][linked.item_id]
    gone = item["accounts"][0]["account_id"]
    slow = process_pool.start_process(
        refresh_invocation(user_driver.cookie, "plaid", store_fault=Pause("TransactWriteItems"))
    )
    assert slow.outcome() == Paused("TransactWriteItems")
    order = {"type": "ITEM", "code": "USER_ACCOUNT_REVOKED", "account_id": gone}
    user_driver.deliver_webhooks(linked, user_driver.capture_webhooks(linked, **order))
    assert (
        tasks_queue.process_messages(
            {"kind": "forget_account", "about": {"item_id": linked.item_id, "account_id": gone}}
        )
        == []
    )
    kept = user_driver.shown_holdings()

    slow.proceed()
    slow.response()
    assert user_driver.shown_holdings() == kept
    assert user_driver.pending("plaid"), "the refresh that is to show it without the account has not begun yet"
    item["positions"] = [position for position in item["positions"] if position["account_id"] != gone]
    item["accounts"] = [account for account in item["accounts"] if account["account_id"] != gone]
    ahead.by_s = 61
    assert shown_holdings(user_driver.refresh("plaid")) == kept
    assert user_driver.parts() == user_driver.referenced_parts()
