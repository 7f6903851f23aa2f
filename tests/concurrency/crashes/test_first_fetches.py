"""A first fetch within a cooldown, killed at any store call: at most the rest of the cooldown is lost."""

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crash_tests import CrashTest
from tidings import clock
from tidings.model import ItemKey
from tidings.store import expected_connections
from tidings.store.sources import SourceKey

pytestmark = pytest.mark.invariant(id="I4")

Found = tuple[UserDriver, LinkedSource]


def check_next_refresh(user_driver: UserDriver, linked: LinkedSource, ahead: ClockAhead) -> None:
    """Within the cooldown no call fails; after it, a refresh shows the source, unless the first fetch did."""
    assert user_driver.app.refresh(user_driver.cookie, linked.provider).status in {200, 429}
    pending = user_driver.pending()
    between = f"{linked.provider}#{linked.source_id}" in user_driver.heads()
    assert pending or between or linked.provider == "snaptrade"
    ahead.by_s = 61
    user_driver.refresh(linked.provider)
    assert f"{linked.provider}#{linked.source_id}" in user_driver.heads()
    assert not user_driver.pending()


def test_killed_first_fetch_waits_for_cooldown(
    app: App, engine: Engine, kept_scenarios: KeptScenarios, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def new() -> Found:
        user_driver = UserDriver(app, engine.dynamodb)
        user_driver.link("plaid")
        user_driver.refresh("plaid")
        return user_driver, user_driver.link("plaid")

    def prepare() -> tuple[Found, Invocation]:
        found = kept_scenarios.make(new)
        return found, refresh_invocation(found[0].cookie, "plaid")

    def check(found: Found) -> None:
        check_next_refresh(*found, ahead)

    assert "TransactWriteItems" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_listing_waits_for_cooldown(
    app: App, engine: Engine, kept_scenarios: KeptScenarios, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def new() -> Found:
        user_driver = UserDriver(app, engine.dynamodb)
        old = user_driver.link("snaptrade")
        user_driver.refresh("snaptrade")
        wildcard = SourceKey.wildcard(user_driver.user_id, ItemKey("snaptrade", old.item_id))
        expected_connections.expect(wildcard, clock.now_ms())
        return user_driver, user_driver.connect_another(old)

    def prepare() -> tuple[Found, Invocation]:
        found = kept_scenarios.make(new)
        return found, refresh_invocation(found[0].cookie, "snaptrade")

    def check(found: Found) -> None:
        check_next_refresh(*found, ahead)

    CrashTest(prepare, check).run_all_crashes(process_pool)
