"""An investor and a source of theirs, as interleaved flows find them."""

from dataclasses import dataclass, field

from tests.support.drivers.app import Linked
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.providers import Caught


@dataclass
class Scene:
    """`updates`: a webhook that was sent and not delivered yet."""

    investor: UserDriver
    linked: Linked
    updates: list[Caught] = field(default_factory=list)

    def trade(self) -> None:
        self.investor.delivers(self.linked, self.investor.trades(self.linked))

    def assert_gone(self) -> None:
        assert self.investor.source(self.linked) is None
        assert self.investor.heads() == {}
        assert self.investor.parts() == set()
        assert self.investor.held() == []
        assert not self.investor.pending(self.linked.provider)


def assert_nothing_lost(scene: Scene, ahead: ClockAhead) -> None:
    """What is not pending is as the provider has it now."""
    pending, shown = scene.investor.pending(), scene.investor.held()
    ahead.by_s = 200
    again = scene.investor.app.refresh(scene.investor.cookie, scene.linked.provider, body={"all": True})
    assert again.status == 200, again.text
    assert pending or shown == scene.investor.held()
    assert not scene.investor.pending()


def unlink(scene: Scene) -> None:
    investor, source_id = scene.investor, scene.linked.source_id
    if scene.linked.provider == "plaid":
        route, parameters = "DELETE /plaid/items/{item_id}", {"item_id": source_id}
    else:
        route, parameters = "DELETE /api/snaptrade/connections/{connection_id}", {"connection_id": source_id}
    assert investor.app.request(route, investor.cookie, parameters=parameters).status == 204


def deliver_update(scene: Scene) -> None:
    scene.investor.delivers(scene.linked, scene.updates)


def unlinked(investor: UserDriver) -> Scene:
    """A Plaid item of nobody, with an update under way; every public token leads to it."""
    linked = investor.connects("plaid")
    item = {"item_id": linked.item_id, "access_token": investor.credential(linked)}
    investor.app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=200, body=item)
    return Scene(investor, linked, investor.announced(linked))
