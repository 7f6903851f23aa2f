"""Test that the simulator accepts only requests that SnapTrade's SDK has signed."""

import time
from urllib.parse import quote

import httpx
import pytest
from snaptrade_client.exceptions import ApiException
from snaptrade_client.request_after_hook import compute_request_signature

from local.simulators.snaptrade.app import CLIENT_ID, CONSUMER_KEY
from tests.providers.simulators.sdks import SnapTradeSdk, snaptrade_client

AWKWARD_USER = "usér 1+/&?x"


@pytest.mark.parametrize(
    ("client_id", "consumer_key", "code"),
    [(CLIENT_ID, "wrong", "1076"), ("SOMEBODY", CONSUMER_KEY, "1083")],
)
def test_foreign_client_is_rejected(snaptrade_sim: httpx.Client, client_id: str, consumer_key: str, code: str) -> None:
    sdk = snaptrade_client(str(snaptrade_sim.base_url), client_id, consumer_key)
    with pytest.raises(ApiException) as caught:
        sdk.authentication.register_snap_trade_user(user_id="nobody")
    assert (caught.value.status, caught.value.body["code"]) == (401, code)


def test_awkward_characters_are_signed_as_sent(snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client) -> None:
    registered = snaptrade_sdk.authentication.register_snap_trade_user(user_id=AWKWARD_USER).body
    listed = snaptrade_sdk.connections.list_brokerage_authorizations(
        user_id=AWKWARD_USER, user_secret=registered["userSecret"]
    )
    assert listed.body == []
    snaptrade_sdk.authentication.delete_snap_trade_user(user_id=AWKWARD_USER)


class SignedCalls:
    """Requests signed by the SDK's function; a test can change one part after signing."""

    def __init__(self, sim: httpx.Client) -> None:
        connected = sim.post("/_sim/connect", json={"user_id": "signed", "silent": True}).json()
        self.sim = sim
        self.path = "/authorizations"
        self.query = f"userId=signed&userSecret={quote(connected['user_secret'])}&clientId={CLIENT_ID}"
        self.query += f"&timestamp={int(time.time())}"

    def get(self, path: str, query: str, *, signed_path: str | None = None) -> httpx.Response:
        signature = compute_request_signature(f"{signed_path or self.path}?{self.query}", CONSUMER_KEY, None)
        return self.sim.get(f"{path}?{query}", headers={"Signature": signature})


@pytest.fixture
def signed(snaptrade_sim: httpx.Client) -> SignedCalls:
    return SignedCalls(snaptrade_sim)


def test_genuine_request_is_accepted(signed: SignedCalls) -> None:
    response = signed.get(signed.path, signed.query)
    assert response.status_code == 200
    assert response.headers["x-request-id"]


def test_changed_path_or_query_is_rejected(signed: SignedCalls) -> None:
    reordered = "&".join(reversed(signed.query.split("&")))
    rejected = [
        signed.get("/holdings", signed.query),
        signed.get(signed.path, reordered),
        signed.get(signed.path, signed.query.replace("signed", "%73igned")),
        signed.get(signed.path, signed.query, signed_path="/api/v1/authorizations"),
        signed.sim.get(f"{signed.path}?{signed.query}"),
    ]
    assert [(response.status_code, response.json()["code"]) for response in rejected] == [(401, "1076")] * 5


def test_changed_body_is_rejected(signed: SignedCalls) -> None:
    signature = compute_request_signature(f"/snapTrade/login?{signed.query}", CONSUMER_KEY, {"broker": "ALPACA"})
    address = f"/snapTrade/login?{signed.query}"
    genuine = signed.sim.post(address, json={"broker": "ALPACA"}, headers={"Signature": signature})
    changed = signed.sim.post(address, json={"broker": "SCHWAB"}, headers={"Signature": signature})
    assert (genuine.status_code, changed.status_code) == (200, 401)


def test_old_timestamp_is_rejected(signed: SignedCalls) -> None:
    signed.query = f"{signed.query.partition('&timestamp=')[0]}&timestamp={int(time.time()) - 301}"
    assert signed.get(signed.path, signed.query).json()["detail"] == "Invalid timestamp"


@pytest.mark.parametrize("path", ["/holdings", "/options", "/accounts/x/positions", "/accounts/x/holdings"])
def test_retired_endpoint_returns_410(signed: SignedCalls, path: str) -> None:
    assert signed.get(path, signed.query, signed_path=path).status_code == 410
