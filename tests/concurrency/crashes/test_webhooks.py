"""A webhook function killed at any store call: the provider retries, and the update is counted once."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool, webhook_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.providers import CapturedWebhook
from tests.support.faults.crash_tests import CrashTest
from tests.support.faults.fault_injection import Crash, Crashed

pytestmark = [pytest.mark.invariant(id="I4"), pytest.mark.invariant(id="I6")]

both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@dataclass
class Delivery:
    """A webhook about a source of a user, and the source's generation before it."""

    user_driver: UserDriver
    linked: LinkedSource
    caught: CapturedWebhook
    before: int = 0

    def invocation(self) -> Invocation:
        return webhook_invocation(self.linked.provider, self.caught)

    def redeliver(self, status: int = 200) -> str:
        """Deliver the same bytes once more and return the outcome."""
        answered = self.user_driver.app.deliver(self.linked.provider, self.caught)
        assert answered.status == status, answered.text
        return str(answered.json.get("status"))


@pytest.fixture
def new_user_driver(app: App, engine: Engine) -> Any:  # noqa: ANN401
    return lambda: UserDriver(app, engine.dynamodb)


@both
def test_killed_webhook_counts_update_once(
    new_user_driver: Any,  # noqa: ANN401
    process_pool: ProcessPool,
    engine: Engine,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Delivery, Invocation]:
        user_driver = new_user_driver()
        linked = user_driver.link(provider)
        scenario = Delivery(
            user_driver, linked, user_driver.capture_webhooks(linked)[0], user_driver.generation(linked)
        )
        return scenario, scenario.invocation()

    def check(scenario: Delivery) -> None:
        counted = scenario.user_driver.generation(scenario.linked) - scenario.before
        assert counted == scenario.user_driver.has_recorded(provider, scenario.caught)
        assert scenario.redeliver() == ("duplicate" if counted else "marked")
        assert scenario.redeliver() == "duplicate"
        assert scenario.user_driver.generation(scenario.linked) == scenario.before + 1
        assert scenario.user_driver.pending(provider)

    assert "TransactWriteItems" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_first_webhook_of_connection_counts_once(new_user_driver: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Delivery, Invocation]:
        user_driver = new_user_driver()
        known = user_driver.link("snaptrade")
        linked = user_driver.connect_another(known)
        scenario = Delivery(user_driver, linked, user_driver.capture_webhooks(linked)[0])
        return scenario, scenario.invocation()

    def check(scenario: Delivery) -> None:
        scenario.redeliver()
        assert scenario.redeliver() == "duplicate"
        assert scenario.user_driver.generation(scenario.linked) == 1

    assert CrashTest(prepare, check).run_all_crashes(process_pool).count("TransactWriteItems") == 2


@both
def test_killed_orphan_webhook_counts_once(
    new_user_driver: Any,  # noqa: ANN401 - a fixture that makes users
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Delivery, Invocation]:
        user_driver = new_user_driver()
        linked = user_driver.connect(provider)
        scenario = Delivery(user_driver, linked, user_driver.capture_webhooks(linked)[0])
        return scenario, scenario.invocation()

    def check(scenario: Delivery) -> None:
        scenario.redeliver()
        assert scenario.redeliver() == "duplicate"
        item = scenario.user_driver.item(scenario.linked)
        assert item is not None
        assert item["orphan_generation"] == 1
        scenario.user_driver.link_existing(scenario.linked)
        assert scenario.user_driver.pending(provider)
        updates_of_linking = 1 if provider == "plaid" else 0
        assert sum(row["generation"] for row in scenario.user_driver.state().values()) == 1 + updates_of_linking

    CrashTest(prepare, check).run_all_crashes(process_pool)


@both
def test_killed_status_webhook_sets_status_once(
    new_user_driver: Any,  # noqa: ANN401 - a fixture that makes users
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    kind = {"type": "ITEM", "code": "ERROR"} if provider == "plaid" else {"event_type": "CONNECTION_BROKEN"}

    def prepare() -> tuple[Delivery, Invocation]:
        user_driver = new_user_driver()
        linked = user_driver.link(provider)
        before = int(user_driver.source_row(linked).get("status_version", 0))
        scenario = Delivery(user_driver, linked, user_driver.capture_webhooks(linked, **kind)[0], before)
        return scenario, scenario.invocation()

    def check(scenario: Delivery) -> None:
        scenario.redeliver()
        assert scenario.redeliver() == "duplicate"
        row = scenario.user_driver.source_row(scenario.linked)
        assert row["status"] == "reconnect_required"
        assert row["status_version"] == scenario.before + 1

    CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_stale_webhook_sets_check_due(new_user_driver: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Delivery, Invocation]:
        user_driver = new_user_driver()
        linked = user_driver.link("snaptrade")
        caught = user_driver.capture_webhooks(linked, variant="stale")[0]
        scenario = Delivery(user_driver, linked, caught, user_driver.generation(linked))
        return scenario, scenario.invocation()

    def check(scenario: Delivery) -> None:
        scenario.redeliver(403)
        row = scenario.user_driver.source_row(scenario.linked)
        assert "check_due" in row
        assert row["generation"] == scenario.before

    assert "SendMessageBatch" in CrashTest(prepare, check).run_all_crashes(process_pool)


@pytest.mark.parametrize("event_type", ["CONNECTION_DELETED", "USER_DELETED"])
def test_killed_removal_webhook_is_completed_by_retry(
    new_user_driver: Any,  # noqa: ANN401 - a fixture that makes users
    process_pool: ProcessPool,
    event_type: str,
) -> None:
    def prepare() -> tuple[Delivery, Invocation]:
        user_driver = new_user_driver()
        linked = user_driver.link_and_refresh("snaptrade")
        scenario = Delivery(user_driver, linked, user_driver.capture_webhooks(linked, event_type=event_type)[0])
        return scenario, scenario.invocation()

    def check(scenario: Delivery) -> None:
        scenario.user_driver.shown_holdings()
        scenario.redeliver()
        assert scenario.redeliver() == "duplicate"
        assert scenario.user_driver.source(scenario.linked) is None
        assert scenario.user_driver.heads() == {}
        assert scenario.user_driver.parts() == set()
        assert scenario.user_driver.shown_holdings() == []
        assert (scenario.user_driver.item(scenario.linked) is None) == (event_type == "USER_DELETED")

    CrashTest(prepare, check).run_all_crashes(process_pool)


def test_user_removal_killed_twice_is_completed(new_user_driver: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    """Killed after the connection's row and after the user's: the third delivery finds neither."""
    user_driver = new_user_driver()
    linked = user_driver.link_and_refresh("snaptrade")
    scenario = Delivery(user_driver, linked, user_driver.capture_webhooks(linked, event_type="USER_DELETED")[0])
    for _ in range(2):
        outcome = process_pool.run(replace(scenario.invocation(), store_fault=Crash("TransactWriteItems", "after")))
        assert outcome == Crashed("TransactWriteItems")
    assert user_driver.item(linked) is None
    scenario.redeliver()
    assert not any(entry.startswith("source#") for entry in user_driver.state())
    assert user_driver.parts() == set()
