"""A Plaid key service without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.fakes.signed_webhooks import PlaidKey
from tidings.providers.plaid import client, verification_keys
from tidings.providers.plaid.errors import PlaidError


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
    monkeypatch.setattr(client, "post", service.post)
    monkeypatch.setattr(verification_keys, "key_ring", verification_keys.KeyRing())
    return service


@pytest.fixture
def plaid_key(key_service: KeyService) -> PlaidKey:
    key = PlaidKey()
    key_service.answers[key.kid] = key.jwk()
    return key
