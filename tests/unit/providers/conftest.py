"""Both providers without a network: their holdings, and Plaid's keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.fakes.signed_webhooks import PlaidKey
from tests.unit.providers.plaid_answers import HOLDING, SECURITY, Plaid
from tests.unit.providers.snaptrade_answers import SnapTrade
from tidings.holdings import Holding
from tidings.providers.plaid import client as plaid_client
from tidings.providers.plaid import verification_keys
from tidings.providers.plaid.errors import PlaidError
from tidings.providers.snaptrade import client as snaptrade_client


@dataclass
class KeyService:
    """`answers`: by kid, a JWK or the error to raise; anything else is an unknown kid."""

    answers: dict[str, Mapping[str, Any] | Exception] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def post(self, _app: object, path: str, fields: Mapping[str, Any], _deadline: float) -> Mapping[str, Any]:
        assert path == "/webhook_verification_key/get"
        kid = fields["key_id"]
        self.requests.append(kid)
        answer = self.answers.get(kid, PlaidError("INVALID_WEBHOOK_VERIFICATION_KEY_ID"))
        if isinstance(answer, Exception):
            raise answer
        return {"key": answer}


@pytest.fixture
def key_service(monkeypatch: pytest.MonkeyPatch) -> KeyService:
    service = KeyService()
    monkeypatch.setattr(plaid_client, "post", service.post)
    monkeypatch.setattr(verification_keys, "key_ring", verification_keys.KeyRing())
    return service


@pytest.fixture
def plaid_key(key_service: KeyService) -> PlaidKey:
    key = PlaidKey()
    key_service.answers[key.kid] = key.jwk()
    return key


@pytest.fixture
def plaid(monkeypatch: pytest.MonkeyPatch) -> Plaid:
    fake = Plaid()
    monkeypatch.setattr(plaid_client, "post", fake.post)
    return fake


@pytest.fixture
def one(plaid: Plaid) -> Any:  # noqa: ANN401
    def fetch(holding: dict[str, object] | None = None, security: dict[str, object] | None = None) -> Holding:
        changed: dict[str, Any] = {"holdings": [HOLDING | (holding or {})], "securities": [SECURITY | (security or {})]}
        (row,) = plaid.fetch(**changed).holdings
        assert isinstance(row, Holding)
        return row

    return fetch


@pytest.fixture
def snaptrade(monkeypatch: pytest.MonkeyPatch) -> SnapTrade:
    fake = SnapTrade()
    monkeypatch.setattr(snaptrade_client, "call_user", fake.call_user)
    return fake
