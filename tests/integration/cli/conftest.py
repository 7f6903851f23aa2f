from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App
from tests.support.drivers.observed_state import ObservedDeployment, world
from tests.support.drivers.operator import Operator, complete_account, deployed, empty_queues
from tidings_cli.deployment import Deployment


@pytest.fixture(scope="session")
def stack_account(cloud: Any) -> Any:  # noqa: ANN401
    """The AWS account with every resource of the template."""
    complete_account()
    return cloud


@pytest.fixture
def operator(stack_account: Any, dynamodb: Any) -> Operator:  # noqa: ANN401
    empty_queues()
    return Operator(deployed())


@pytest.fixture(scope="session")
def running_world() -> Iterator[ObservedDeployment]:
    with world() as made:
        yield made


@pytest.fixture
def healthy_world(running_world: ObservedDeployment, app: App) -> ObservedDeployment:
    """The simulated addresses outside AWS, all responding correctly."""
    running_world.app, running_world.statuses, running_world.documents, running_world.origins = app, {}, {}, (ORIGIN,)
    return running_world


@pytest.fixture
def stack(operator: Operator, healthy_world: ObservedDeployment) -> Deployment:
    addresses = {
        "ApiUrl": healthy_world.url,
        "PlaidWebhookUrl": f"{healthy_world.url}/plaid",
        "SnapTradeWebhookUrl": f"{healthy_world.url}/snaptrade",
    }
    operator.deployment = replace(operator.deployment, outputs={**operator.deployment.outputs, **addresses})
    return operator.deployment
