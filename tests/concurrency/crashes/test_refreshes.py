"""A refresh killed at any store call: holdings stay readable, and the next refresh repairs the rest."""

from dataclasses import dataclass

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crashes import Flow

pytestmark = pytest.mark.invariant(id="I4")

ORPHANED_PARTS_KEPT_S = 600


Holdings = dict[str, list[tuple[str, str]]]
"""By provider."""


@dataclass(frozen=True)
class Refresh:
    investor: UserDriver
    old: Holdings


@pytest.mark.parametrize(
    ("route", "providers"),
    [("plaid", ["plaid"]), ("snaptrade", ["snaptrade"]), (None, ["plaid", "snaptrade"])],
    ids=["plaid", "snaptrade", "combined"],
)
def test_killed_refresh_leaves_readable_holdings(
    app: App,
    engine: Engine,
    process_pool: ProcessPool,
    ahead: ClockAhead,
    route: str | None,
    providers: list[ProviderName],
) -> None:
    def prepare() -> tuple[Refresh, Invocation]:
        ahead.by_s = 0
        investor = UserDriver(app, engine.dynamodb)
        linked = [investor.holds(provider) for provider in providers]
        scene = Refresh(investor, shown(investor))
        for one in linked:
            investor.delivers(one, investor.trades(one))
        return scene, refresh(investor.cookie, route)

    def check(scene: Refresh) -> None:
        investor = scene.investor
        between = shown(investor)
        pending = {provider: investor.pending(provider) for provider in providers}
        ahead.by_s = 61
        investor.refreshed(route)
        new = shown(investor)
        for provider in providers:
            assert new[provider] != scene.old[provider]
            assert between[provider] in (scene.old[provider], new[provider])
            assert pending[provider] or between[provider] == new[provider]
        assert not investor.pending()
        if investor.parts() != investor.named_parts():
            ahead.by_s += ORPHANED_PARTS_KEPT_S + 61
            investor.refreshed(route)
            assert shown(investor) == new
            assert investor.parts() == investor.named_parts()

    def shown(investor: UserDriver) -> Holdings:
        return {provider: investor.held(provider) for provider in providers}

    assert "TransactWriteItems" in Flow(prepare, check).survives(process_pool)
