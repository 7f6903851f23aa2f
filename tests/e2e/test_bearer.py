"""Bearer tokens of the local cloud's issuer, through the gateway."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import httpx
import pytest

from local.cloud import LocalCloud
from tests.e2e.brokers import Brokers
from tests.e2e.conftest import SECOND_ORIGIN
from tests.e2e.description import Description
from tests.e2e.user import User
from tests.support.drivers.loopback import loopback_client


@dataclass(frozen=True)
class App:
    """Create a client without cookie and Origin, such as a phone app."""

    client: httpx.Client
    brokers: Brokers

    def token(self, user_id: str, **order: object) -> str:
        minted = self.client.post("/_local/token", json={"user_id": user_id, **order}).raise_for_status().json()
        token: str = minted["access_token"]
        self.brokers.secrets.add(token)
        return token

    def call(self, method: str, path: str, token: str, body: object = None) -> httpx.Response:
        return self.client.request(method, path, json=body, headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def app(cloud: LocalCloud, brokers: Brokers, description: Description) -> Iterator[App]:
    hooks = {"response": [description.check, brokers.heard]}
    with loopback_client(base_url=cloud.front, event_hooks=hooks) as client:
        yield App(client, brokers)


def test_cookie_and_token_identify_the_same_user(app: App, user: User) -> None:
    token = app.token(user.user_id, email=user.email)
    source_id = user.link_and_refresh("plaid")
    [connection] = app.call("GET", "/connections", token).json()["connections"]
    assert connection["source_id"] == source_id
    assert app.call("GET", "/holdings", token).json()["holdings"] == user.holdings()
    refreshed = app.call("POST", "/plaid/holdings/refresh", token, {})
    assert refreshed.status_code == 429, "the cookie's refresh is the token's too"
    assert app.call("DELETE", f"/plaid/items/{source_id}", token).status_code == 204
    assert user.call("GET", "/connections") == {"connections": []}


def test_token_of_another_user_reaches_no_data(app: App, user: User) -> None:
    source_id = user.link_and_refresh("snaptrade")
    token = app.token(token_hex(8), email=user.email)
    assert app.call("GET", "/connections", token).json() == {"connections": []}
    assert app.call("DELETE", f"/api/snaptrade/connections/{source_id}", token).status_code == 204
    assert user.connection(source_id)["status"] == "ok"


@pytest.mark.parametrize(
    "order",
    [
        {"claims": {"exp": int(time.time()) - 120}},
        {"claims": {"nbf": int(time.time()) + 3600}},
        {"claims": {"aud": "another"}},
        {"claims": {"iss": "https://issuer.example"}},
        {"header": {"kid": "another"}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}},
        {"expires_in_s": 1, "claims": {"exp": 1, "more": "x" * 6000}},
    ],
    ids=["expired", "not valid yet", "audience", "issuer", "unknown key", "none", "HMAC", "too long"],
)
def test_bad_token_is_rejected_despite_valid_cookie(app: App, user: User, order: dict[str, Any]) -> None:
    token = app.token(user.user_id, **order)
    for client in (app.client, user.client):
        refused = client.get("/pending-updates", headers={"authorization": f"Bearer {token}"})
        assert refused.status_code == 401
        assert refused.json()["type"] == "urn:tidings:problem:invalid-token"
        assert refused.headers["www-authenticate"] == 'Bearer realm="tidings", error="invalid_token"'


def test_unverified_email_registers_no_user(app: App) -> None:
    token = app.token(token_hex(8), email="somebody@mail.example", email_verified=False)
    refused = app.call("POST", "/api/snaptrade/create-connection-url", token, {})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:tidings:problem:email-not-verified")


def test_page_of_allowed_origin_may_send_token(app: App, user: User) -> None:
    """The cloud of these tests allows this origin, as `ALLOWED_ORIGINS` does for `make run`."""
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    headers = {"origin": SECOND_ORIGIN}
    preflight = app.client.options("/pending-updates", headers={**headers, **asked})
    assert preflight.headers["access-control-allow-origin"] == SECOND_ORIGIN
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    sent = {**headers, "authorization": f"Bearer {app.token(user.user_id)}"}
    answer = app.client.post("/holdings/refresh", json={}, headers=sent)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, SECOND_ORIGIN)
