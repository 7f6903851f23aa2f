from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App
from tests.support.drivers.operator import Operator, build_deployment, configure_account, empty_queues
from tests.support.drivers.public_endpoints import ObservedDeployment, serve_public_endpoints
from tidings_cli.deployment import Deployment


@pytest.fixture(scope="session")
def stack_account(cloud: Any) -> Any:  # noqa: ANN401
    """The AWS account with every resource of the template."""
    configure_account()
    return cloud


@pytest.fixture
def app(app: App) -> App:
    """The app, without the SnapTrade users of earlier tests."""
    app.providers.snaptrade_simulator.state["users"].clear()
    return app


@pytest.fixture
def operator(stack_account: Any, dynamodb: Any) -> Operator:  # noqa: ANN401
    empty_queues()
    return Operator(build_deployment())


@pytest.fixture(scope="session")
def running_world() -> Iterator[ObservedDeployment]:
    with serve_public_endpoints() as made:
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
