from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.compatibility.provider_stub import ProviderStub, running_stub
from tests.integration.compatibility.recorder import KEY_ID, Recorder, create_fixed_key, load_fixture
from tests.support.drivers.app import App
from tests.support.drivers.operator import empty_queues
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.providers import Providers
from tidings.reconcile import brokers


@pytest.fixture
def stub(providers: Providers, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderStub]:
    """Both providers, with fixed responses in place of the simulators'."""
    with running_stub() as stub:
        monkeypatch.setenv("PLAID_BASE_URL", stub.url)
        monkeypatch.setenv("SNAPTRADE_BASE_URL", stub.url)
        for route, body in load_fixture("provider_responses").items():
            stub.respond(route, body)
        stub.respond("POST /webhook_verification_key/get", {"key": load_fixture("webhooks")["plaid_key"]})
        yield stub
        assert stub.unexpected == []


@pytest.fixture
def recorder(
    app: App,
    dynamodb: Any,  # noqa: ANN401 - boto3's client
    stub: ProviderStub,
    stopped_clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Recorder:
    create_fixed_key()
    empty_queues()
    monkeypatch.setenv("CREDENTIAL_KEY_ID", KEY_ID)
    monkeypatch.setattr(brokers, "renew", lambda: None)  # the recorded version lists no brokers
    return Recorder(app, stopped_clock, stub, dynamodb)
