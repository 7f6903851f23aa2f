"""A kept scenario returns as it was made, whatever happened to it since."""

from copy import deepcopy
from typing import Any

import pytest

from tests.support.aws.account import TABLES, table_name
from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.scenarios import Scenario, unlink
from tests.support.drivers.user_driver import UserDriver


@pytest.fixture
def new_user_driver(app: App, engine: Engine) -> Any:  # noqa: ANN401 - a fixture that makes drivers
    return lambda: UserDriver(app, engine.dynamodb)


def state(scenario: Scenario) -> Any:  # noqa: ANN401 - rows and items of all kinds
    providers, dynamodb = scenario.user_driver.app.providers, scenario.user_driver.dynamodb
    items = [providers.plaid_simulator.state["items"], providers.snaptrade_simulator.state["users"]]
    return deepcopy(items), [sorted(dynamodb.scan(TableName=table_name(table))["Items"], key=repr) for table in TABLES]


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_scenario_returns_as_it_was_made(
    kept_scenarios: KeptScenarios,
    new_user_driver: Any,  # noqa: ANN401
    provider: ProviderName,
) -> None:
    def new() -> Scenario:
        user_driver: UserDriver = new_user_driver()
        return Scenario(user_driver, user_driver.link_and_refresh(provider))

    made = kept_scenarios.make(new)
    before = state(made)
    made.trade()
    made.user_driver.refresh(provider)
    unlink(made)
    assert state(made) != before

    again = kept_scenarios.make(new)
    assert again.linked == made.linked
    assert state(again) == before
    assert again.user_driver.app.providers.calls(provider) == []


def test_old_scenario_and_other_arguments_are_made_anew(
    kept_scenarios: KeptScenarios,
    new_user_driver: Any,  # noqa: ANN401
) -> None:
    def new(provider: ProviderName) -> Scenario:
        user_driver: UserDriver = new_user_driver()
        return Scenario(user_driver, user_driver.connect(provider))

    first = kept_scenarios.make(new, "plaid")
    assert kept_scenarios.make(new, "snaptrade").linked.provider == "snaptrade"
    second = kept_scenarios.make(new, "plaid")
    assert second.linked != first.linked
    kept_scenarios.made_at -= 21
    assert kept_scenarios.make(new, "plaid").linked != second.linked
