"""Concurrent paid refreshes, each in its own process: paid once, and followed by one refresh."""

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh
from tests.support.drivers.tasks_queue import TasksQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead

CLICKS = 20
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


def paid_calls(investor: UserDriver, provider: ProviderName) -> int:
    return sum(call["path"].endswith("/refresh") for call in investor.app.providers.calls(provider))


@pytest.mark.invariant(id="I3")
@both
def test_concurrent_clicks_start_one_paid_refresh_and_follow_up(
    investor: UserDriver, engine: Engine, process_pool: ProcessPool, provider: ProviderName
) -> None:
    investor.holds(provider)
    queue = TasksQueue.of_account(engine.url)
    queue.taken()
    paid = process_pool.all_at_once(refresh(investor.cookie, provider, {"paid": True}) for _ in range(CLICKS))
    assert sorted(answered.status for answered in paid) == [202] + [429] * (CLICKS - 1)
    [message] = queue.taken()
    assert message["kind"] == "pull"

    follow_ups = process_pool.all_at_once(refresh(investor.cookie, provider) for _ in range(CLICKS))
    assert sorted(answered.status for answered in follow_ups) == [200] + [429] * (CLICKS - 1)


@both
def test_concurrent_task_deliveries_call_once(
    investor: UserDriver, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    investor.holds(provider)
    queue = TasksQueue.of_account(engine.url)
    queue.taken()
    assert investor.app.refresh(investor.cookie, provider, {"paid": True}).status == 202
    [message] = queue.taken()
    investor.app.providers.reset()
    answers = process_pool.all_at_once(Invocation(tasks_queue.ROUTE, tasks_queue.batch(message)) for _ in range(CLICKS))
    assert {answered.text for answered in answers} == {'{"batchItemFailures": []}'}
    assert paid_calls(investor, provider) == 1
