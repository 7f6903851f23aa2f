from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App
from tests.support.drivers.observed_state import World, world
from tests.support.drivers.operator import Operator, complete_account, deployed, empty_queues
from tidings_cli.deployment import Deployment


@pytest.fixture(scope="session")
def completed(cloud: Any) -> Any:  # noqa: ANN401
    """The stack's account as the template leaves it."""
    complete_account()
    return cloud


@pytest.fixture
def operator(completed: Any, dynamodb: Any) -> Operator:  # noqa: ANN401
    empty_queues()
    return Operator(deployed())


@pytest.fixture(scope="session")
def served() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def outside(served: World, app: App) -> World:
    """The world with nothing wrong."""
    served.app, served.statuses, served.documents, served.origins = app, {}, {}, (ORIGIN,)
    return served


@pytest.fixture
def stack(operator: Operator, outside: World) -> Deployment:
    addresses = {
        "ApiUrl": outside.url,
        "PlaidWebhookUrl": f"{outside.url}/plaid",
        "SnapTradeWebhookUrl": f"{outside.url}/snaptrade",
    }
    operator.deployment = replace(operator.deployment, outputs={**operator.deployment.outputs, **addresses})
    return operator.deployment
