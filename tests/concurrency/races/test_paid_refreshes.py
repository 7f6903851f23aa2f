"""Concurrent paid refreshes, each in its own process: paid once, and followed by one refresh."""

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh_invocation
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead

CLICKS = 20
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


def paid_calls(user_driver: UserDriver, provider: ProviderName) -> int:
    return sum(call["path"].endswith("/refresh") for call in user_driver.app.providers.calls(provider))


@pytest.mark.invariant(id="I3")
@both
def test_concurrent_clicks_start_one_paid_refresh_and_follow_up(
    user_driver: UserDriver, engine: Engine, process_pool: ProcessPool, provider: ProviderName
) -> None:
    user_driver.link_and_refresh(provider)
    queue = SqsQueue.connect(engine.url)
    queue.drain()
    paid = process_pool.run_concurrently(
        refresh_invocation(user_driver.cookie, provider, {"paid": True}) for _ in range(CLICKS)
    )
    assert sorted(answered.status for answered in paid) == [202] + [429] * (CLICKS - 1)
    [message] = queue.drain()
    assert message["kind"] == "pull"

    follow_ups = process_pool.run_concurrently(refresh_invocation(user_driver.cookie, provider) for _ in range(CLICKS))
    assert sorted(answered.status for answered in follow_ups) == [200] + [429] * (CLICKS - 1)


@both
def test_concurrent_task_deliveries_call_once(
    user_driver: UserDriver, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    user_driver.link_and_refresh(provider)
    queue = SqsQueue.connect(engine.url)
    queue.drain()
    assert user_driver.app.refresh(user_driver.cookie, provider, {"paid": True}).status == 202
    [message] = queue.drain()
    user_driver.app.providers.reset()
    answers = process_pool.run_concurrently(
        Invocation(tasks_queue.ROUTE, tasks_queue.sqs_event(message)) for _ in range(CLICKS)
    )
    assert {answered.text for answered in answers} == {'{"batchItemFailures": []}'}
    assert paid_calls(user_driver, provider) == 1
