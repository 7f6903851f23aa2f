"""Concurrent deliveries: each update is counted once."""

from collections.abc import Sequence

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import deferred_queue
from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import ProcessPool, webhook_invocation
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.providers import CapturedWebhook

REPEATED = 50
DIFFERENT = 100
BATCH = 10
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@pytest.fixture
def queue(engine: Engine) -> SqsQueue:
    """The queue of deferred webhooks, emptied."""
    queue = deferred_queue.connect_queue(engine.url)
    queue.drain()
    return queue


def deliver_at_once(
    process_pool: ProcessPool, queue: SqsQueue, provider: ProviderName, caught: Sequence[CapturedWebhook]
) -> list[str]:
    """Deliver concurrently, retry each 503, then process deferred ones; return the outcomes of each 200.

    On a busy machine the store is too slow for some, which are deferred.
    """
    outcomes: list[str] = []
    while caught:
        answers = process_pool.run_concurrently(webhook_invocation(provider, one) for one in caught)
        assert {answered.status for answered in answers} <= {200, 503}
        outcomes += [answered.json["status"] for answered in answers if answered.status == 200]
        caught = [one for one, answered in zip(caught, answers, strict=True) if answered.status == 503]
    messages = queue.drain()
    while messages:
        failed = {int(name.removeprefix("m")) for name in deferred_queue.process_messages(*messages[:BATCH])}
        messages = [one for number, one in enumerate(messages[:BATCH]) if number in failed] + messages[BATCH:]
    return outcomes


@pytest.mark.invariant(id="I5")
@both
def test_concurrent_duplicate_webhooks_count_once(
    user_driver: UserDriver, process_pool: ProcessPool, queue: SqsQueue, provider: ProviderName
) -> None:
    linked = user_driver.link_and_refresh(provider)
    before = user_driver.generation(linked)
    caught = user_driver.capture_webhooks(linked, times=REPEATED)
    assert len({body for _, body in caught}) == 1
    outcomes = deliver_at_once(process_pool, queue, provider, caught)

    assert outcomes.count("marked") <= 1
    assert set(outcomes) <= {"marked", "duplicate", "deferred"}
    assert user_driver.generation(linked) == before + 1
    assert user_driver.pending(provider)


@pytest.mark.invariant(id="I6")
@both
def test_concurrent_different_webhooks_each_count(
    user_driver: UserDriver, process_pool: ProcessPool, queue: SqsQueue, provider: ProviderName
) -> None:
    linked = user_driver.link_and_refresh(provider)
    before = user_driver.generation(linked)
    caught = user_driver.capture_webhooks(linked, times=DIFFERENT, distinct=True)
    outcomes = deliver_at_once(process_pool, queue, provider, caught)

    assert set(outcomes) <= {"marked", "duplicate", "deferred"}
    assert user_driver.generation(linked) == before + DIFFERENT


def test_concurrent_first_events_create_one_row(
    user_driver: UserDriver, process_pool: ProcessPool, queue: SqsQueue
) -> None:
    """No refresh has listed the connection yet: any of the events may create its row."""
    known = user_driver.link_and_refresh("snaptrade")
    new = user_driver.app.providers.snaptrade("connect", user_id=known.item_id, broker="FIDELITY", silent=True)
    order = {"connection_id": new["connection_id"], "times": 20, "distinct": True}
    caught = user_driver.app.providers.capture_webhooks("snaptrade", **order)
    outcomes = deliver_at_once(process_pool, queue, "snaptrade", caught)

    assert set(outcomes) <= {"marked", "duplicate", "deferred"}
    row = user_driver.state()[f"source#snaptrade#{new['connection_id']}"]
    assert row["generation"] == len(caught)
    assert row["item"] == f"snaptrade#{known.item_id}"


@pytest.mark.parametrize("at_once", [False, True])
def test_older_status_after_newer_changes_nothing(
    user_driver: UserDriver, process_pool: ProcessPool, at_once: bool
) -> None:
    """SnapTrade's deliveries are delayed and out of order, but carry their event time."""
    linked = user_driver.link_and_refresh("snaptrade")
    for _ in range(3):
        older = user_driver.capture_webhooks(linked, event_type="CONNECTION_BROKEN", age_s=60)[0]
        newer = user_driver.capture_webhooks(linked, event_type="CONNECTION_FIXED")[0]
        if at_once:
            answers = process_pool.run_concurrently(webhook_invocation("snaptrade", one) for one in (older, newer))
            assert {answered.status for answered in answers} == {200}
        else:
            user_driver.deliver_webhooks(linked, [newer, older])
        assert user_driver.source_row(linked)["status"] == "ok"
