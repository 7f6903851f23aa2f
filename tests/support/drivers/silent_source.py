"""A source with new data that no webhook announced, silent for longer than expected."""

from dataclasses import dataclass

from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import LinkedSource, ProviderName
from tests.support.drivers.process_pool import Invocation
from tests.support.drivers.scenarios import Scenario
from tests.support.drivers.tasks_queue import sqs_event
from tests.support.drivers.user_driver import UserDriver

_GONE = {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}


@dataclass
class SilentSource(Scenario):
    """`before`: the generation before the unannounced trade."""

    before: int = 0

    @classmethod
    def create(cls, user_driver: UserDriver, provider: ProviderName) -> "SilentSource":
        user_driver.app.providers.reset()
        linked = user_driver.link_and_refresh(provider)
        user_driver.app.control(linked, "trade", silent=True)
        user_driver.backdate_activity()
        return cls(user_driver, linked, before=user_driver.generation(linked))

    @property
    def message(self) -> object:
        return reconcile_queue.status_check_message(f"{self.linked.provider}#{self.linked.item_id}")

    def status_check_call(self) -> Invocation:
        return Invocation(reconcile_queue.ROUTE, sqs_event(self.message))

    def check_status(self) -> None:
        assert reconcile_queue.process_messages(self.message) == []

    def recorded_updates(self) -> int:
        return self.user_driver.generation(self.linked) - self.before

    def replace_at_provider(self) -> LinkedSource:
        """Replace the connection at the provider: the next list has another, and the old is deleted."""
        added = self.user_driver.connect_another(self.linked)
        order = self.user_driver.app.providers.snaptrade
        order("faults", path=f"/authorizations/{self.linked.source_id}", kind="status", status=404, body=_GONE)
        listed = [{"id": added.source_id, "disabled": False}]
        order("faults", path="/authorizations", kind="status", status=200, body=listed, times=1)
        return added
