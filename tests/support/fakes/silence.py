"""A source with new data that no webhook announced, silent for longer than expected."""

from dataclasses import dataclass

from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import Linked, ProviderName
from tests.support.drivers.process_pool import Invocation
from tests.support.drivers.scenarios import Scene
from tests.support.drivers.tasks_queue import batch
from tests.support.drivers.user_driver import UserDriver

_GONE = {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}


@dataclass
class SilentSource(Scene):
    """`before`: the generation."""

    before: int = 0

    @classmethod
    def create(cls, investor: UserDriver, provider: ProviderName) -> "SilentSource":
        investor.app.providers.reset()
        linked = investor.holds(provider)
        investor.app.control(linked, "trade", silent=True)
        investor.heard_of_long_ago()
        return cls(investor, linked, before=investor.generation(linked))

    @property
    def message(self) -> object:
        return reconcile_queue.status_check_message(f"{self.linked.provider}#{self.linked.item_id}")

    def status_check_call(self) -> Invocation:
        return Invocation(reconcile_queue.ROUTE, batch(self.message))

    def check_status(self) -> None:
        assert reconcile_queue.do(self.message) == []

    def counted(self) -> int:
        return self.investor.generation(self.linked) - self.before

    def replace_at_provider(self) -> Linked:
        """Another connection in its place, as the next list of connections tells; the one is gone for good."""
        added = self.investor.connects_another(self.linked)
        order = self.investor.app.providers.snaptrade
        order("faults", path=f"/authorizations/{self.linked.source_id}", kind="status", status=404, body=_GONE)
        listed = [{"id": added.source_id, "disabled": False}]
        order("faults", path="/authorizations", kind="status", status=200, body=listed, times=1)
        return added
