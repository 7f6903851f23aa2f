"""A whole other flow runs between any two store calls of a status check."""

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.process_pool import Done, Invocation, ProcessPool, refresh
from tests.support.drivers.scenarios import Scene, assert_nothing_lost, unlink
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.silence import SilentSource
from tests.support.faults.interleavings import Interleaving

both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@both
def test_refresh_during_status_check_loses_nothing(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    """An update is recorded only for data that the refresh has not fetched."""

    def prepare() -> tuple[SilentSource, Invocation]:
        ahead.by_s = 0
        scene = SilentSource.create(UserDriver(app, engine.dynamodb), provider)
        return scene, scene.status_check_call()

    def check(scene: SilentSource, _done: Done) -> None:
        assert not scene.investor.pending(provider)
        assert_nothing_lost(scene, ahead)

    def refreshed(scene: SilentSource) -> None:
        scene.investor.refreshed(provider)

    assert Interleaving(prepare, refreshed, check).holds(process_pool) > 4


@both
def test_status_check_during_refresh_loses_nothing(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    def prepare() -> tuple[SilentSource, Invocation]:
        ahead.by_s = 0
        scene = SilentSource.create(UserDriver(app, engine.dynamodb), provider)
        return scene, refresh(scene.investor.cookie, provider)

    def check(scene: SilentSource, done: Done) -> None:
        assert done.answered.status == 200
        assert not scene.investor.pending(provider)
        assert_nothing_lost(scene, ahead)

    assert Interleaving(prepare, SilentSource.check_status, check).holds(process_pool) > 10


@both
def test_webhook_during_status_check_loses_nothing(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    def prepare() -> tuple[SilentSource, Invocation]:
        ahead.by_s = 0
        scene = SilentSource.create(UserDriver(app, engine.dynamodb), provider)
        scene.updates = scene.investor.trades(scene.linked)
        return scene, scene.status_check_call()

    def delivered(scene: SilentSource) -> None:
        scene.investor.delivers(scene.linked, scene.updates)

    def check(scene: SilentSource, _done: Done) -> None:
        assert scene.counted() in {1, 2}
        assert scene.investor.pending(provider)
        scene.investor.refreshed(provider)
        assert_nothing_lost(scene, ahead)

    Interleaving(prepare, delivered, check).holds(process_pool)


@both
def test_update_after_refresh_during_status_check_stays_pending(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    """The update that the check found was fetched; the next trade was not, and stays pending."""

    def prepare() -> tuple[SilentSource, Invocation]:
        ahead.by_s = 0
        scene = SilentSource.create(UserDriver(app, engine.dynamodb), provider)
        return scene, scene.status_check_call()

    def meanwhile(scene: SilentSource) -> None:
        scene.investor.refreshed(provider)
        scene.trade()

    def check(scene: SilentSource, _done: Done) -> None:
        assert scene.investor.pending(provider)
        assert_nothing_lost(scene, ahead)

    Interleaving(prepare, meanwhile, check).holds(process_pool)


@both
def test_unlink_during_status_check_leaves_nothing(
    app: App, engine: Engine, process_pool: ProcessPool, provider: ProviderName
) -> None:
    def prepare() -> tuple[SilentSource, Invocation]:
        scene = SilentSource.create(UserDriver(app, engine.dynamodb), provider)
        return scene, scene.status_check_call()

    def check(scene: Scene, _done: Done) -> None:
        scene.assert_gone()

    Interleaving(prepare, unlink, check).holds(process_pool)


@both
def test_concurrent_status_checks_record_one_update(
    app: App, engine: Engine, process_pool: ProcessPool, provider: ProviderName
) -> None:
    scene = SilentSource.create(UserDriver(app, engine.dynamodb), provider)
    answers = process_pool.all_at_once([scene.status_check_call()] * 12)
    assert [answered.json for answered in answers] == [{"batchItemFailures": []}] * 12
    assert scene.counted() == 1


def test_concurrent_schedules_record_one_update(app: App, engine: Engine, process_pool: ProcessPool) -> None:
    scene = SilentSource.create(UserDriver(app, engine.dynamodb), "plaid")
    queue = reconcile_queue.queue_of_account(engine.url)
    queue.taken()
    process_pool.all_at_once([Invocation(reconcile_queue.ROUTE, dict(reconcile_queue.SCHEDULED))] * 2)
    mine = [message for message in queue.taken() if message == scene.message]
    assert len(mine) == 2
    assert reconcile_queue.do(*mine) == []
    assert scene.counted() == 1
