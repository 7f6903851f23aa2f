"""The reconciler killed around each store call: nothing is lost, and the next run completes the work."""

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, Linked, ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool
from tests.support.drivers.tasks_queue import TasksQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.silence import SilentSource
from tests.support.faults.crashes import Flow

pytestmark = pytest.mark.invariant(id="I4")

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


@pytest.fixture
def queue(engine: Engine) -> TasksQueue:
    return reconcile_queue.queue_of_account(engine.url)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_killed_status_check_is_completed_by_next(
    app: App, engine: Engine, process_pool: ProcessPool, provider: ProviderName
) -> None:
    def prepare() -> tuple[SilentSource, Invocation]:
        scene = SilentSource.create(UserDriver(app, engine.dynamodb), provider)
        return scene, scene.status_check_call()

    def check(scene: SilentSource) -> None:
        assert scene.counted() in {0, 1}
        scene.check_status()
        scene.check_status()
        assert scene.counted() == 1
        assert scene.investor.pending(provider)
        before = scene.investor.held()
        scene.investor.refreshed(provider)
        assert scene.investor.held() != before
        assert not scene.investor.pending(provider)

    assert "TransactWriteItems" in Flow(prepare, check).survives(process_pool)


def test_killed_check_finds_and_removes_connections_later(app: App, engine: Engine, process_pool: ProcessPool) -> None:
    added: list[Linked] = []

    def prepare() -> tuple[SilentSource, Invocation]:
        scene = SilentSource.create(UserDriver(app, engine.dynamodb), "snaptrade")
        added[:] = [scene.replace_at_provider()]
        return scene, scene.status_check_call()

    def check(scene: SilentSource) -> None:
        scene.investor.held()
        app.providers.reset()
        scene.investor.heard_of_long_ago()
        scene.check_status()
        assert scene.investor.generation(added[0]) == 1
        assert scene.investor.pending("snaptrade")
        scene.investor.held()

    assert Flow(prepare, check).survives(process_pool).count("TransactWriteItems") >= 3


def test_killed_schedule_skips_no_item(app: App, engine: Engine, process_pool: ProcessPool, queue: TasksQueue) -> None:
    """After a kill the schedule runs again, and no item is skipped."""

    def prepare() -> tuple[SilentSource, Invocation]:
        scene = SilentSource.create(UserDriver(app, engine.dynamodb), "plaid")
        queue.taken()
        return scene, Invocation(reconcile_queue.ROUTE, dict(reconcile_queue.SCHEDULED))

    def check(scene: SilentSource) -> None:
        reconcile_queue.schedule()
        assert scene.message in queue.taken()

    assert set(Flow(prepare, check).survives(process_pool)) == {"Scan", "SendMessageBatch"}
