"""A webhook function killed at any store call: the provider retries, and the update is counted once."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, Linked, ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool, delivery
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.providers import Caught
from tests.support.faults.crashes import Flow
from tests.support.faults.fault_injection import Crash, Crashed

pytestmark = [pytest.mark.invariant(id="I4"), pytest.mark.invariant(id="I6")]

both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@dataclass
class Delivery:
    """A webhook about a source of an investor, and the source's generation before it."""

    investor: UserDriver
    linked: Linked
    caught: Caught
    before: int = 0

    def invocation(self) -> Invocation:
        return delivery(self.linked.provider, self.caught)

    def redeliver(self, status: int = 200) -> str:
        """Deliver the same bytes once more and return the outcome."""
        answered = self.investor.app.deliver(self.linked.provider, self.caught)
        assert answered.status == status, answered.text
        return str(answered.json.get("status"))


@pytest.fixture
def new_investor(app: App, engine: Engine) -> Any:  # noqa: ANN401
    return lambda: UserDriver(app, engine.dynamodb)


@both
def test_killed_webhook_counts_update_once(
    new_investor: Any,  # noqa: ANN401
    process_pool: ProcessPool,
    engine: Engine,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Delivery, Invocation]:
        investor = new_investor()
        linked = investor.links(provider)
        scene = Delivery(investor, linked, investor.announced(linked)[0], investor.generation(linked))
        return scene, scene.invocation()

    def check(scene: Delivery) -> None:
        counted = scene.investor.generation(scene.linked) - scene.before
        assert counted == scene.investor.has_recorded(provider, scene.caught)
        assert scene.redeliver() == ("duplicate" if counted else "marked")
        assert scene.redeliver() == "duplicate"
        assert scene.investor.generation(scene.linked) == scene.before + 1
        assert scene.investor.pending(provider)

    assert "TransactWriteItems" in Flow(prepare, check).survives(process_pool)


def test_killed_first_webhook_of_connection_counts_once(new_investor: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Delivery, Invocation]:
        investor = new_investor()
        known = investor.links("snaptrade")
        linked = investor.connects_another(known)
        scene = Delivery(investor, linked, investor.announced(linked)[0])
        return scene, scene.invocation()

    def check(scene: Delivery) -> None:
        scene.redeliver()
        assert scene.redeliver() == "duplicate"
        assert scene.investor.generation(scene.linked) == 1

    assert Flow(prepare, check).survives(process_pool).count("TransactWriteItems") == 2


@both
def test_killed_orphan_webhook_counts_once(
    new_investor: Any,  # noqa: ANN401 - a fixture that makes users
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Delivery, Invocation]:
        investor = new_investor()
        linked = investor.connects(provider)
        scene = Delivery(investor, linked, investor.announced(linked)[0])
        return scene, scene.invocation()

    def check(scene: Delivery) -> None:
        scene.redeliver()
        assert scene.redeliver() == "duplicate"
        item = scene.investor.item(scene.linked)
        assert item is not None
        assert item["orphan_generation"] == 1
        scene.investor.owns(scene.linked)
        assert scene.investor.pending(provider)
        updates_of_linking = 1 if provider == "plaid" else 0
        assert sum(row["generation"] for row in scene.investor.state().values()) == 1 + updates_of_linking

    Flow(prepare, check).survives(process_pool)


@both
def test_killed_status_webhook_sets_status_once(
    new_investor: Any,  # noqa: ANN401 - a fixture that makes users
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    kind = {"type": "ITEM", "code": "ERROR"} if provider == "plaid" else {"event_type": "CONNECTION_BROKEN"}

    def prepare() -> tuple[Delivery, Invocation]:
        investor = new_investor()
        linked = investor.links(provider)
        before = int(investor.row(linked).get("status_version", 0))
        scene = Delivery(investor, linked, investor.announced(linked, **kind)[0], before)
        return scene, scene.invocation()

    def check(scene: Delivery) -> None:
        scene.redeliver()
        assert scene.redeliver() == "duplicate"
        row = scene.investor.row(scene.linked)
        assert row["status"] == "reconnect_required"
        assert row["status_version"] == scene.before + 1

    Flow(prepare, check).survives(process_pool)


def test_killed_stale_webhook_sets_check_due(new_investor: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Delivery, Invocation]:
        investor = new_investor()
        linked = investor.links("snaptrade")
        caught = investor.announced(linked, variant="stale")[0]
        scene = Delivery(investor, linked, caught, investor.generation(linked))
        return scene, scene.invocation()

    def check(scene: Delivery) -> None:
        scene.redeliver(403)
        row = scene.investor.row(scene.linked)
        assert "check_due" in row
        assert row["generation"] == scene.before

    assert "SendMessageBatch" in Flow(prepare, check).survives(process_pool)


@pytest.mark.parametrize("event_type", ["CONNECTION_DELETED", "USER_DELETED"])
def test_killed_removal_webhook_is_completed_by_retry(
    new_investor: Any,  # noqa: ANN401 - a fixture that makes users
    process_pool: ProcessPool,
    event_type: str,
) -> None:
    def prepare() -> tuple[Delivery, Invocation]:
        investor = new_investor()
        linked = investor.holds("snaptrade")
        scene = Delivery(investor, linked, investor.announced(linked, event_type=event_type)[0])
        return scene, scene.invocation()

    def check(scene: Delivery) -> None:
        scene.investor.held()
        scene.redeliver()
        assert scene.redeliver() == "duplicate"
        assert scene.investor.source(scene.linked) is None
        assert scene.investor.heads() == {}
        assert scene.investor.parts() == set()
        assert scene.investor.held() == []
        assert (scene.investor.item(scene.linked) is None) == (event_type == "USER_DELETED")

    Flow(prepare, check).survives(process_pool)


def test_user_removal_killed_twice_is_completed(new_investor: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    """Killed after the connection's row and after the user's: the third delivery finds neither."""
    investor = new_investor()
    linked = investor.holds("snaptrade")
    scene = Delivery(investor, linked, investor.announced(linked, event_type="USER_DELETED")[0])
    for _ in range(2):
        outcome = process_pool.run(replace(scene.invocation(), tactic=Crash("TransactWriteItems", "after")))
        assert outcome == Crashed("TransactWriteItems")
    assert investor.item(linked) is None
    scene.redeliver()
    assert not any(entry.startswith("source#") for entry in investor.state())
    assert investor.parts() == set()
