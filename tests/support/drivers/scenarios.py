"""A user and a source, as interleaved flows find them."""

from dataclasses import dataclass, field

from tests.support.drivers.app import LinkedSource
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.providers import CapturedWebhook


@dataclass
class Scenario:
    """`updates`: captured webhooks, not delivered yet."""

    user_driver: UserDriver
    linked: LinkedSource
    updates: list[CapturedWebhook] = field(default_factory=list)

    def trade(self) -> None:
        self.user_driver.deliver_webhooks(self.linked, self.user_driver.trade(self.linked))

    def assert_gone(self) -> None:
        assert self.user_driver.source(self.linked) is None
        assert self.user_driver.heads() == {}
        assert self.user_driver.parts() == set()
        assert self.user_driver.shown_holdings() == []
        assert not self.user_driver.pending(self.linked.provider)


def assert_no_update_lost(scenario: Scenario, ahead: ClockAhead) -> None:
    """Assert that the shown holdings are the provider's current ones unless an update is pending."""
    pending, shown = scenario.user_driver.pending(), scenario.user_driver.shown_holdings()
    ahead.by_s = 200
    again = scenario.user_driver.app.refresh(scenario.user_driver.cookie, scenario.linked.provider, body={"all": True})
    assert again.status == 200, again.text
    assert pending or shown == scenario.user_driver.shown_holdings()
    assert not scenario.user_driver.pending()


def unlink(scenario: Scenario) -> None:
    user_driver = scenario.user_driver
    assert user_driver.app.disconnect(user_driver.cookie, scenario.linked).status == 204


def deliver_update(scenario: Scenario) -> None:
    scenario.user_driver.deliver_webhooks(scenario.linked, scenario.updates)


def unlinked_item(user_driver: UserDriver) -> Scenario:
    """Return an unlinked Plaid item with an undelivered update. Every public token leads to this item."""
    linked = user_driver.connect("plaid")
    item = {"item_id": linked.item_id, "access_token": user_driver.credential(linked)}
    user_driver.app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=200, body=item)
    return Scenario(user_driver, linked, user_driver.capture_webhooks(linked))
