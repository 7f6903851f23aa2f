"""Requests that SnapTrade's SDK signs are accepted, and only those."""

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
def test_a_foreign_client_is_refused(snaptrade_sim: httpx.Client, client_id: str, consumer_key: str, code: str) -> None:
    sdk = snaptrade_client(str(snaptrade_sim.base_url), client_id, consumer_key)
    with pytest.raises(ApiException) as caught:
        sdk.authentication.register_snap_trade_user(user_id="nobody")
    assert (caught.value.status, caught.value.body["code"]) == (401, code)


def test_awkward_characters_are_signed_as_the_sdk_sends_them(
    snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client
) -> None:
    registered = snaptrade_sdk.authentication.register_snap_trade_user(user_id=AWKWARD_USER).body
    listed = snaptrade_sdk.connections.list_brokerage_authorizations(
        user_id=AWKWARD_USER, user_secret=registered["userSecret"]
    )
    assert listed.body == []
    snaptrade_sdk.authentication.delete_snap_trade_user(user_id=AWKWARD_USER)


class Signed:
    """A request signed by the SDK's own function, so that one part can be changed after signing."""

    def __init__(self, sim: httpx.Client) -> None:
        made = sim.post("/_sim/connect", json={"user_id": "signed", "silent": True}).json()
        self.sim = sim
        self.path = "/authorizations"
        self.query = f"userId=signed&userSecret={quote(made['user_secret'])}&clientId={CLIENT_ID}"
        self.query += f"&timestamp={int(time.time())}"

    def get(self, path: str, query: str, *, signed_path: str | None = None) -> httpx.Response:
        signature = compute_request_signature(f"{signed_path or self.path}?{self.query}", CONSUMER_KEY, None)
        return self.sim.get(f"{path}?{query}", headers={"Signature": signature})


@pytest.fixture
def signed(snaptrade_sim: httpx.Client) -> Signed:
    return Signed(snaptrade_sim)


def test_the_genuine_request_is_answered(signed: Signed) -> None:
    answer = signed.get(signed.path, signed.query)
    assert answer.status_code == 200
    assert answer.headers["x-request-id"]


def test_path_and_exact_query_are_signed(signed: Signed) -> None:
    reordered = "&".join(reversed(signed.query.split("&")))
    refused = [
        signed.get("/holdings", signed.query),
        signed.get(signed.path, reordered),
        signed.get(signed.path, signed.query.replace("signed", "%73igned")),
        signed.get(signed.path, signed.query, signed_path="/api/v1/authorizations"),
        signed.sim.get(f"{signed.path}?{signed.query}"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(401, "1076")] * 5


def test_the_body_is_signed(signed: Signed) -> None:
    signature = compute_request_signature(f"/snapTrade/login?{signed.query}", CONSUMER_KEY, {"broker": "ALPACA"})
    address = f"/snapTrade/login?{signed.query}"
    genuine = signed.sim.post(address, json={"broker": "ALPACA"}, headers={"Signature": signature})
    changed = signed.sim.post(address, json={"broker": "SCHWAB"}, headers={"Signature": signature})
    assert (genuine.status_code, changed.status_code) == (200, 401)


def test_an_old_timestamp_is_refused(signed: Signed) -> None:
    signed.query = f"{signed.query.partition('&timestamp=')[0]}&timestamp={int(time.time()) - 301}"
    assert signed.get(signed.path, signed.query).json()["detail"] == "Invalid timestamp"


@pytest.mark.parametrize("path", ["/holdings", "/options", "/accounts/x/positions", "/accounts/x/holdings"])
def test_retired_endpoints_are_gone(signed: Signed, path: str) -> None:
    assert signed.get(path, signed.query, signed_path=path).status_code == 410
