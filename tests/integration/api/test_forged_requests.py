"""Forged requests are rejected without a store call and with few key lookups."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import pytest

from benchmarks import forged
from benchmarks.stage import WEBHOOK_ROUTES, Account, Event
from tests.support.aws.aws_calls import OperationRecorder
from tests.support.drivers import api_calls
from tests.support.drivers.app import App, load_handler
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.issuer import Issuer
from tidings.model import ProviderName
from tidings.providers.plaid import verification_keys

_COUNT = 40
_NAMED = {"plaid": "item_id", "snaptrade": "connection_id"}


@dataclass(frozen=True)
class Genuine:
    """Creates the genuine requests that a forgery starts from."""

    app: App
    issuer: Issuer

    def webhooks(self, provider: str, source_id: str, count: int, **order: object) -> Sequence[Event]:
        named = {_NAMED[provider]: source_id, "times": count, "distinct": True}
        caught = self.app.providers.capture_webhooks(provider, **named, **order)
        return [
            api_calls.gateway_event(WEBHOOK_ROUTES[provider], headers=headers, raw=body) for headers, body in caught
        ]

    def token(self, **order: object) -> str:
        token: str = self.issuer.order("token", user_id="alice", **order)["access_token"]
        return token


@dataclass(frozen=True)
class _StoppedTime:
    """A stopped clock for the key ring, so that slow responses do not refill its lookup allowance."""

    now: float

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def stopped_key_ring(monkeypatch: pytest.MonkeyPatch, app: App) -> None:
    monkeypatch.setattr(verification_keys, "time", _StoppedTime(time.monotonic()))
    monkeypatch.setattr(verification_keys, "LOOKUP_DEADLINE_S", 600.0)
    monkeypatch.setattr(verification_keys, "key_ring", verification_keys.KeyRing())


@pytest.fixture
def account(app: App, cookie: str, stopped_key_ring: None, stopped_clock: StoppedClock) -> Account:
    """One source of each provider; a genuine webhook has put Plaid's key into the cache."""
    linked = {provider: app.link_and_refresh(cookie, provider) for provider in get_args(ProviderName)}
    for one in linked.values():
        assert {answered.status for answered in app.send_webhook(one)} == {200}
    return Account(cookie, [linked["plaid"].source_id], [linked["snaptrade"].source_id])


@pytest.mark.threat(id="webhook-flood")
@pytest.mark.parametrize("what", forged.FORGED)
def test_forged_request_makes_no_store_call_and_few_key_lookups(
    app: App, issuer: Issuer, account: Account, store_calls: OperationRecorder, what: str
) -> None:
    """`make bench` measures the CPU time."""
    assert app.request("GET /pending-updates", headers=issuer.bearer()).status == 200
    _, forgeries = forged.FORGED[what]
    for kind, forge in forgeries(Genuine(app, issuer), account).items():
        events = forge(_COUNT)
        store_calls.operations.clear()
        looked_up = _count_key_lookups(app, issuer)
        statuses = {api_calls.call(load_handler(event["routeKey"]), event).status for event in events}
        assert statuses <= {400, 401, 403, 503}, kind
        reads = forged.reads(f"{what}, {kind}") * len(events)
        assert store_calls.operations == ["GetItem"] * reads, kind
        assert _count_key_lookups(app, issuer) - looked_up <= forged.KEY_LOOKUPS, kind


def _count_key_lookups(app: App, issuer: Issuer) -> int:
    paths = [*issuer.calls(), *(call["path"] for call in app.providers.calls("plaid"))]
    return sum(path.endswith(("/webhook_verification_key/get", "/keys")) for path in paths)
