"""Each provider's package against its simulator, behind one face."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.fakes.providers import CapturedWebhook, Providers, simulated_providers
from tidings import providers
from tidings.holdings import FetchedHoldings
from tidings.model import Access, ProviderName, VerifiedWebhook
from tidings.providers.plaid import verification_keys

APPS: dict[ProviderName, Mapping[str, str]] = {
    "plaid": {"client_id": "sim-plaid-client", "secret": "sim-plaid-secret"},
    "snaptrade": {"client_id": "SIM-SNAPTRADE", "consumer_key": "sim-snaptrade-consumer-key"},
}
DATA_PATHS: dict[ProviderName, tuple[str, ...]] = {
    "plaid": ("/investments/holdings/get",),
    "snaptrade": ("/authorizations", "/accounts"),
}
SOURCES = {"plaid": "item_id", "snaptrade": "connection_id"}


@dataclass(frozen=True)
class Rig:
    """One linked source of one provider."""

    name: ProviderName
    simulators: Providers
    access: Access
    source_id: str

    def control(self, command: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        send = self.simulators.plaid if self.name == "plaid" else self.simulators.snaptrade
        return send(command, **{SOURCES[self.name]: self.source_id}, **order)

    def fault(self, path: str, kind: str, **order: object) -> None:
        send = self.simulators.plaid if self.name == "plaid" else self.simulators.snaptrade
        send("faults", path=path, kind=kind, **order)

    def fetch(self, within_s: float = 60.0) -> FetchedHoldings:
        return providers.holdings_reader(self.name).fetch(self.access, self.source_id, time.monotonic() + within_s)

    def verify(self, caught: CapturedWebhook) -> VerifiedWebhook:
        headers, body = caught
        reader = providers.webhook_reader(self.name)
        return reader.verify(headers, body, self.access.app, time.time_ns() // 1_000_000)

    def caught(self, **order: object) -> list[CapturedWebhook]:
        """What the provider posts when ordered to send a webhook."""
        return self.simulators.capture_webhooks(self.name, **{SOURCES[self.name]: self.source_id}, **order)

    def posted(self) -> list[CapturedWebhook]:
        """What the provider posted of itself since the last call."""
        return self.simulators.catcher.drain(f"/{self.name}")


@pytest.fixture(scope="session")
def _simulators() -> Iterator[Providers]:
    with simulated_providers() as simulators:
        yield simulators


@pytest.fixture
def simulators(_simulators: Providers, monkeypatch: pytest.MonkeyPatch) -> Providers:
    monkeypatch.setenv("PLAID_BASE_URL", _simulators.plaid_url)
    monkeypatch.setenv("SNAPTRADE_BASE_URL", _simulators.snaptrade_url)
    monkeypatch.setattr(verification_keys, "key_ring", verification_keys.KeyRing())
    _simulators.reset()
    return _simulators


@pytest.fixture
def plaid(simulators: Providers) -> Rig:
    made = simulators.plaid("connect", webhook=f"{simulators.catcher.url}/plaid", client_user_id="user-1")
    return Rig("plaid", simulators, Access(APPS["plaid"], made["item_id"], made["access_token"]), made["item_id"])


@pytest.fixture
def snaptrade(simulators: Providers) -> Rig:
    made = simulators.snaptrade("connect", user_id=f"user_{time.monotonic_ns()}", silent=True)
    access = Access(APPS["snaptrade"], made["user_id"], made["user_secret"])
    return Rig("snaptrade", simulators, access, made["connection_id"])


@pytest.fixture(params=providers.PROVIDER_NAMES)
def rig(request: pytest.FixtureRequest) -> Rig:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Rig)
    return found
