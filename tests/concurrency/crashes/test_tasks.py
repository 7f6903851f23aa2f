"""Queued tasks of webhooks, killed at any call: provider or queue delivers again, and each task is done once."""

from dataclasses import dataclass

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.link_session import FinishedSession
from tests.support.drivers.process_pool import Invocation, ProcessPool, webhook_invocation
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.providers import CapturedWebhook
from tests.support.faults.crash_tests import CrashTest

pytestmark = pytest.mark.invariant(id="I4")

ORPHANED_PARTS_KEPT_S = 600


@pytest.fixture(autouse=True)
def _local_webhook_url(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAID_WEBHOOK_URL", f"{app.providers.catcher.url}/plaid")


@pytest.fixture
def queue(engine: Engine) -> SqsQueue:
    return SqsQueue.connect(engine.url)


def test_killed_completion_webhook_queues_task(
    app: App, engine: Engine, process_pool: ProcessPool, queue: SqsQueue
) -> None:
    def prepare() -> tuple[FinishedSession, Invocation]:
        queue.drain()
        session = FinishedSession.create(UserDriver(app, engine.dynamodb))
        return session, webhook_invocation("plaid", session.webhook)

    def check(session: FinishedSession) -> None:
        user_driver = session.user_driver
        outcomes = [app.deliver("plaid", session.webhook).json["status"] for _ in range(2)]
        assert outcomes in (["queued", "duplicate"], ["duplicate", "duplicate"])
        assert user_driver.has_recorded("plaid", session.webhook)
        messages = queue.drain()
        assert session.message in messages
        assert tasks_queue.process_messages(*messages) == []
        assert list(user_driver.state()) == [f"source#plaid#{session.item_id}"]
        assert user_driver.state()[f"source#plaid#{session.item_id}"]["generation"] == 1

    assert "SendMessage" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_completion_task_links_item_once(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    """The queue and the browser both retry: one item is linked."""

    def prepare() -> tuple[FinishedSession, Invocation]:
        ahead.by_s = 0
        app.providers.reset()
        session = FinishedSession.create(UserDriver(app, engine.dynamodb))
        session.allow_repeated_exchange()
        return session, Invocation(tasks_queue.ROUTE, tasks_queue.sqs_event(session.message))

    def check(session: FinishedSession) -> None:
        user_driver = session.user_driver
        ahead.by_s = 61
        assert tasks_queue.process_messages(session.message) == []
        assert (session.complete().status, session.complete().json["item_id"]) == (201, session.item_id)
        assert tasks_queue.process_messages(session.message) == []
        row = user_driver.state()[f"source#plaid#{session.item_id}"]
        assert row["generation"] in {1, 2}
        assert list(user_driver.state()) == [f"source#plaid#{session.item_id}"]
        user_driver.refresh("plaid")
        assert user_driver.shown_holdings()
        assert not user_driver.pending("plaid")

    assert "Encrypt" in CrashTest(prepare, check).run_all_crashes(process_pool)


@dataclass
class Revoked:
    user_driver: UserDriver
    linked: LinkedSource
    caught: CapturedWebhook

    def redeliver(self) -> str:
        answered = self.user_driver.app.deliver("plaid", self.caught)
        assert answered.status == 200, answered.text
        return str(answered.json["status"])

    @property
    def message(self) -> dict[str, object]:
        return {"kind": "end_access", "about": {"item_id": self.linked.item_id}}

    def is_deleted(self) -> bool:
        item = self.user_driver.item(self.linked)
        return (
            item is not None
            and "credential" not in item
            and not self.user_driver.heads() | dict.fromkeys(self.user_driver.parts())
        )


def create_revoked(app: App, engine: Engine, **order: object) -> Revoked:
    user_driver = UserDriver(app, engine.dynamodb)
    linked = user_driver.link_and_refresh("plaid")
    return Revoked(user_driver, linked, user_driver.capture_webhooks(linked, type="ITEM", **order)[0])


def test_killed_revocation_webhook_queues_task(
    app: App, engine: Engine, process_pool: ProcessPool, queue: SqsQueue
) -> None:
    def prepare() -> tuple[Revoked, Invocation]:
        queue.drain()
        scenario = create_revoked(app, engine, code="USER_PERMISSION_REVOKED")
        return scenario, webhook_invocation("plaid", scenario.caught)

    def check(scenario: Revoked) -> None:
        scenario.redeliver()
        assert scenario.redeliver() == "duplicate"
        assert scenario.user_driver.source_row(scenario.linked)["status"] == "revoked"
        messages = queue.drain()
        assert scenario.message in messages, "whichever delivery set the status, a later one leaves the task"
        assert tasks_queue.process_messages(*messages) == []
        assert scenario.is_deleted()

    assert "SendMessage" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_revocation_task_deletes_item(app: App, engine: Engine, process_pool: ProcessPool) -> None:
    def prepare() -> tuple[Revoked, Invocation]:
        scenario = create_revoked(app, engine, code="USER_PERMISSION_REVOKED")
        scenario.redeliver()
        return scenario, Invocation(tasks_queue.ROUTE, tasks_queue.sqs_event(scenario.message))

    def check(scenario: Revoked) -> None:
        scenario.user_driver.shown_holdings()
        assert tasks_queue.process_messages(scenario.message) == []
        assert scenario.is_deleted()
        assert scenario.user_driver.history() == {}
        assert scenario.user_driver.shown_holdings() == []
        assert not scenario.user_driver.pending()
        assert scenario.user_driver.source_row(scenario.linked)["status"] == "revoked"

    assert "TransactWriteItems" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_account_removal_is_completed_by_retry(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def prepare() -> tuple[Revoked, Invocation]:
        ahead.by_s = 0
        scenario = create_revoked(app, engine, code="USER_ACCOUNT_REVOKED")
        scenario.redeliver()
        return scenario, Invocation(tasks_queue.ROUTE, tasks_queue.sqs_event(message(scenario)))

    def message(scenario: Revoked) -> dict[str, object]:
        item = app.providers.plaid_simulator.state["items"][scenario.linked.item_id]
        account_id = item["accounts"][0]["account_id"]
        return {"kind": "forget_account", "about": {"item_id": scenario.linked.item_id, "account_id": account_id}}

    def check(scenario: Revoked) -> None:
        assert scenario.user_driver.shown_holdings(), "whole, before or after"
        assert tasks_queue.process_messages(message(scenario)) == []
        rows = app.holdings(scenario.user_driver.cookie)["holdings"]["portfolio_data"]["holdings"]
        shown = {source["account_id"] for row in rows for source in row["sources"]}
        assert shown
        assert message(scenario)["about"]["account_id"] not in shown  # type: ignore[index]
        ahead.by_s = ORPHANED_PARTS_KEPT_S + 61
        scenario.user_driver.refresh("plaid")
        assert scenario.user_driver.parts() == scenario.user_driver.referenced_parts()

    assert "TransactWriteItems" in CrashTest(prepare, check).run_all_crashes(process_pool)
