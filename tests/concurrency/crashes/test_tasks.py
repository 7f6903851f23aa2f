"""Queued tasks of webhooks, killed at any call: provider or queue delivers again, and each task is done once."""

from dataclasses import dataclass

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, Linked
from tests.support.drivers.link_session import FinishedSession
from tests.support.drivers.process_pool import Invocation, ProcessPool, delivery
from tests.support.drivers.tasks_queue import TasksQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.providers import Caught
from tests.support.faults.crashes import Flow

pytestmark = pytest.mark.invariant(id="I4")

ORPHANED_PARTS_KEPT_S = 600


@pytest.fixture(autouse=True)
def _local_webhook_url(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAID_WEBHOOK_URL", f"{app.providers.catcher.url}/plaid")


@pytest.fixture
def queue(engine: Engine) -> TasksQueue:
    return TasksQueue.of_account(engine.url)


def test_killed_completion_webhook_queues_task(
    app: App, engine: Engine, process_pool: ProcessPool, queue: TasksQueue
) -> None:
    def prepare() -> tuple[FinishedSession, Invocation]:
        queue.taken()
        session = FinishedSession.create(UserDriver(app, engine.dynamodb))
        return session, delivery("plaid", session.told)

    def check(session: FinishedSession) -> None:
        investor = session.investor
        outcomes = [app.deliver("plaid", session.told).json["status"] for _ in range(2)]
        assert outcomes in (["queued", "duplicate"], ["duplicate", "duplicate"])
        assert investor.has_recorded("plaid", session.told)
        messages = queue.taken()
        assert session.message in messages
        assert tasks_queue.do(*messages) == []
        assert list(investor.state()) == [f"source#plaid#{session.item_id}"]
        assert investor.state()[f"source#plaid#{session.item_id}"]["generation"] == 1

    assert "SendMessage" in Flow(prepare, check).survives(process_pool)


def test_killed_completion_task_links_item_once(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    """The queue and the browser both retry: one item is linked."""

    def prepare() -> tuple[FinishedSession, Invocation]:
        ahead.by_s = 0
        app.providers.reset()
        session = FinishedSession.create(UserDriver(app, engine.dynamodb))
        session.exchange_again_and_again()
        return session, Invocation(tasks_queue.ROUTE, tasks_queue.batch(session.message))

    def check(session: FinishedSession) -> None:
        investor = session.investor
        ahead.by_s = 61
        assert tasks_queue.do(session.message) == []
        assert (session.completed().status, session.completed().json["item_id"]) == (201, session.item_id)
        assert tasks_queue.do(session.message) == []
        row = investor.state()[f"source#plaid#{session.item_id}"]
        assert row["generation"] in {1, 2}
        assert list(investor.state()) == [f"source#plaid#{session.item_id}"]
        investor.refreshed("plaid")
        assert investor.held()
        assert not investor.pending("plaid")

    assert "Encrypt" in Flow(prepare, check).survives(process_pool)


@dataclass
class Revoked:
    investor: UserDriver
    linked: Linked
    caught: Caught

    def redeliver(self) -> str:
        answered = self.investor.app.deliver("plaid", self.caught)
        assert answered.status == 200, answered.text
        return str(answered.json["status"])

    @property
    def message(self) -> dict[str, object]:
        return {"kind": "end_access", "about": {"item_id": self.linked.item_id}}

    def is_deleted(self) -> bool:
        item = self.investor.item(self.linked)
        return (
            item is not None
            and "credential" not in item
            and not self.investor.heads() | dict.fromkeys(self.investor.parts())
        )


def create_revoked(app: App, engine: Engine, **order: object) -> Revoked:
    investor = UserDriver(app, engine.dynamodb)
    linked = investor.holds("plaid")
    return Revoked(investor, linked, investor.announced(linked, type="ITEM", **order)[0])


def test_killed_revocation_webhook_queues_task(
    app: App, engine: Engine, process_pool: ProcessPool, queue: TasksQueue
) -> None:
    def prepare() -> tuple[Revoked, Invocation]:
        queue.taken()
        scene = create_revoked(app, engine, code="USER_PERMISSION_REVOKED")
        return scene, delivery("plaid", scene.caught)

    def check(scene: Revoked) -> None:
        scene.redeliver()
        assert scene.redeliver() == "duplicate"
        assert scene.investor.row(scene.linked)["status"] == "revoked"
        messages = queue.taken()
        assert scene.message in messages, "whichever delivery set the status, a later one leaves the task"
        assert tasks_queue.do(*messages) == []
        assert scene.is_deleted()

    assert "SendMessage" in Flow(prepare, check).survives(process_pool)


def test_killed_revocation_task_deletes_item(app: App, engine: Engine, process_pool: ProcessPool) -> None:
    def prepare() -> tuple[Revoked, Invocation]:
        scene = create_revoked(app, engine, code="USER_PERMISSION_REVOKED")
        scene.redeliver()
        return scene, Invocation(tasks_queue.ROUTE, tasks_queue.batch(scene.message))

    def check(scene: Revoked) -> None:
        scene.investor.held()
        assert tasks_queue.do(scene.message) == []
        assert scene.is_deleted()
        assert scene.investor.held() == []
        assert not scene.investor.pending()
        assert scene.investor.row(scene.linked)["status"] == "revoked"

    assert "TransactWriteItems" in Flow(prepare, check).survives(process_pool)


def test_killed_account_removal_is_completed_by_retry(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def prepare() -> tuple[Revoked, Invocation]:
        ahead.by_s = 0
        scene = create_revoked(app, engine, code="USER_ACCOUNT_REVOKED")
        scene.redeliver()
        return scene, Invocation(tasks_queue.ROUTE, tasks_queue.batch(message(scene)))

    def message(scene: Revoked) -> dict[str, object]:
        item = app.providers.plaid_simulator.state["items"][scene.linked.item_id]
        account_id = item["accounts"][0]["account_id"]
        return {"kind": "forget_account", "about": {"item_id": scene.linked.item_id, "account_id": account_id}}

    def check(scene: Revoked) -> None:
        assert scene.investor.held(), "whole, before or after"
        assert tasks_queue.do(message(scene)) == []
        rows = app.holdings(scene.investor.cookie)["holdings"]["portfolio_data"]["holdings"]
        shown = {source["account_id"] for row in rows for source in row["sources"]}
        assert shown
        assert message(scene)["about"]["account_id"] not in shown  # type: ignore[index]
        ahead.by_s = ORPHANED_PARTS_KEPT_S + 61
        scene.investor.refreshed("plaid")
        assert scene.investor.parts() == scene.investor.named_parts()

    assert "TransactWriteItems" in Flow(prepare, check).survives(process_pool)
