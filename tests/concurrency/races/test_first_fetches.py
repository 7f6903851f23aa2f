"""Concurrent clicks within a cooldown, after a source was linked: one of them makes its first fetch."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool, refresh_invocation
from tests.support.drivers.scenarios import Scenario, unlink
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.interleavings import Interleaving
from tidings import clock
from tidings.model import ItemKey
from tidings.store import expected_connections
from tidings.store.sources import SourceKey

pytestmark = pytest.mark.invariant(id="I3")

CLICKS = 50
FETCH = {"plaid": "/investments/holdings/get", "snaptrade": "/authorizations/"}
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


def link_within_cooldown(user_driver: UserDriver, provider: ProviderName) -> LinkedSource:
    """Link and refresh a source, then link another within the cooldown."""
    old = user_driver.link(provider)
    user_driver.refresh(provider)
    if provider == "plaid":
        linked = user_driver.link("plaid")
    else:
        linked = user_driver.connect_another(old)
        user_driver.deliver_webhooks(linked, user_driver.capture_webhooks(linked, event_type="CONNECTION_ADDED"))
    user_driver.app.providers.reset()
    return linked


def fetches(user_driver: UserDriver, provider: ProviderName) -> int:
    return len(user_driver.app.providers.calls(provider, FETCH[provider]))


def marked_at(user_driver: UserDriver, linked: LinkedSource) -> bool:
    return "first_fetch_at" in user_driver.source_row(linked)


@pytest.fixture
def new_source_within_cooldown(
    app: App, engine: Engine, kept_scenarios: KeptScenarios
) -> Callable[[ProviderName], Scenario]:
    def new(provider: ProviderName) -> Scenario:
        user_driver = UserDriver(app, engine.dynamodb)
        return Scenario(user_driver, link_within_cooldown(user_driver, provider))

    return partial(kept_scenarios.make, new)


@both
def test_concurrent_clicks_after_link_fetch_once(
    user_driver: UserDriver, process_pool: ProcessPool, provider: ProviderName
) -> None:
    linked = link_within_cooldown(user_driver, provider)
    answers = process_pool.run_concurrently(refresh_invocation(user_driver.cookie, provider) for _ in range(CLICKS))
    assert sorted(answered.status for answered in answers) == [200] + [429] * (CLICKS - 1)
    assert fetches(user_driver, provider) == 1
    assert user_driver.source_row(linked)["seen_generation"] == user_driver.generation(linked)
    assert not user_driver.pending()
    assert user_driver.parts() == user_driver.referenced_parts()


def test_concurrent_clicks_after_portal_list_and_fetch_once(
    user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    old = user_driver.link("snaptrade")
    user_driver.refresh("snaptrade")
    expected_connections.expect(
        SourceKey.wildcard(user_driver.user_id, ItemKey("snaptrade", old.item_id)), clock.now_ms()
    )
    linked = user_driver.connect_another(old)
    user_driver.app.providers.reset()
    answers = process_pool.run_concurrently(refresh_invocation(user_driver.cookie, "snaptrade") for _ in range(CLICKS))
    assert sorted(answered.status for answered in answers) == [200] + [429] * (CLICKS - 1)
    paths = sorted(call["path"] for call in user_driver.app.providers.calls("snaptrade", "/authorizations"))
    assert paths == ["/authorizations", f"/authorizations/{linked.source_id}/accounts"]


@both
def test_second_click_during_first_fetch_returns_429(
    new_source_within_cooldown: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    answers: list[int] = []

    def prepare() -> tuple[Scenario, Invocation]:
        answers.clear()
        scenario: Scenario = new_source_within_cooldown(provider)
        return scenario, refresh_invocation(scenario.user_driver.cookie, provider)

    def meanwhile(scenario: Scenario) -> None:
        answers.append(scenario.user_driver.app.refresh(scenario.user_driver.cookie, provider).status)

    def check(scenario: Scenario, done: Completed) -> None:
        assert sorted([*answers, done.response.status]) == [200, 429]
        assert fetches(scenario.user_driver, provider) == 1

    assert Interleaving(prepare, meanwhile, check).run_all_stops(process_pool) > 5


def test_first_fetch_during_refresh_that_discovers_connection_is_made_once(
    app: App, engine: Engine, kept_scenarios: KeptScenarios, process_pool: ProcessPool
) -> None:
    """The webhook and another click come between any two store calls of the refresh that lists the connection."""

    def new() -> Scenario:
        user_driver = UserDriver(app, engine.dynamodb)
        linked = user_driver.connect_another(user_driver.link_and_refresh("snaptrade"))
        return Scenario(user_driver, linked, user_driver.capture_webhooks(linked, event_type="CONNECTION_ADDED"))

    def prepare() -> tuple[Scenario, Invocation]:
        scenario = kept_scenarios.make(new)
        return scenario, refresh_invocation(scenario.user_driver.cookie, "snaptrade")

    def meanwhile(scenario: Scenario) -> None:
        scenario.user_driver.deliver_webhooks(scenario.linked, scenario.updates)
        scenario.user_driver.app.refresh(scenario.user_driver.cookie, "snaptrade")

    def check(scenario: Scenario, done: Completed) -> None:
        assert done.response.status in {200, 429}, done.response.text
        path = f"/authorizations/{scenario.linked.source_id}/accounts"
        assert len(scenario.user_driver.app.providers.calls("snaptrade", path)) == 1
        assert marked_at(scenario.user_driver, scenario.linked)

    Interleaving(prepare, meanwhile, check).run_all_stops(process_pool)


@both
def test_unlink_during_first_fetch_leaves_nothing(
    new_source_within_cooldown: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scenario, Invocation]:
        scenario: Scenario = new_source_within_cooldown(provider)
        return scenario, refresh_invocation(scenario.user_driver.cookie, provider)

    def check(scenario: Scenario, done: Completed) -> None:
        assert done.response.status in {200, 404, 429}, done.response.text
        assert scenario.user_driver.source(scenario.linked) is None
        assert scenario.user_driver.parts() == scenario.user_driver.referenced_parts()
        assert len(scenario.user_driver.heads()) == 1

    Interleaving(prepare, unlink, check).run_all_stops(process_pool)
