"""Test the commands that both control APIs share, and portfolios of any size."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from local.simulators.securities import generate_isin
from tests.providers.simulators.receiver import Receiver
from tests.providers.simulators.sdks import SnapTradeSdk

HEADERS = {"PLAID-CLIENT-ID": "sim-plaid-client", "PLAID-SECRET": "sim-plaid-secret"}


def plaid_holdings(sim: httpx.Client, access_token: str) -> dict[str, Any]:
    response = sim.post("/investments/holdings/get", json={"access_token": access_token}, headers=HEADERS)
    holdings: dict[str, Any] = json.loads(response.text, parse_float=Decimal)
    return holdings


def is_valid_isin(isin: str) -> bool:
    """Return whether the Luhn check digit is right (ISO 6166); letters count as 10 to 35."""
    digits = [int(digit) for character in isin for digit in str(int(character, 36))]
    doubled = [digit * 2 if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


@pytest.mark.parametrize("sim", ["plaid_sim", "snaptrade_sim"])
def test_control_api_rejects_malformed_commands(sim: str, request: pytest.FixtureRequest) -> None:
    client: httpx.Client = request.getfixturevalue(sim)
    assert client.get("/_sim/health").json() == {"status": "up"}
    assert client.post("/_sim/trade", json={"item_id": "x", "user_id": "x"}).status_code == 404
    assert client.post("/_sim/trade", content=b"[]").status_code == 400
    assert client.post("/_sim/trade", content=b"{").status_code == 400
    assert client.post("/_sim/retries", json={"mode": "often"}).status_code == 400
    assert client.post("/_sim/webhook", json={"item_id": "x", "variant": "haunted"}).status_code == 400


def test_default_isins_have_valid_check_digits(plaid_sim: httpx.Client) -> None:
    connected = plaid_sim.post("/_sim/connect", json={}).json()
    isins = [security["isin"] for security in plaid_holdings(plaid_sim, connected["access_token"])["securities"]]
    assert [isin for isin in isins if isin and not is_valid_isin(isin)] == []


def test_plaid_trade_changes_holding_and_cash(plaid_sim: httpx.Client, receiver: Receiver) -> None:
    connected = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()
    before = plaid_holdings(plaid_sim, connected["access_token"])
    plaid_sim.post("/_sim/trade", json={"item_id": connected["item_id"], "quantity": "0.5"})
    after = plaid_holdings(plaid_sim, connected["access_token"])
    assert after["holdings"][0]["quantity"] - before["holdings"][0]["quantity"] == Decimal("0.5")
    assert before["holdings"][4]["quantity"] - after["holdings"][4]["quantity"] == Decimal("115.7")
    plaid_sim.post("/_sim/trade", json={"item_id": connected["item_id"], "ticker": "NVDA"})
    assert receiver.last.event["new_holdings"] == 1
    tickers = {held["ticker_symbol"] for held in plaid_holdings(plaid_sim, connected["access_token"])["securities"]}
    assert "NVDA" in tickers


def test_plaid_portfolio_can_have_any_size(plaid_sim: httpx.Client) -> None:
    connected = plaid_sim.post("/_sim/connect", json={}).json()
    plaid_sim.post("/_sim/positions", json={"item_id": connected["item_id"], "count": 1000})
    response = plaid_holdings(plaid_sim, connected["access_token"])
    assert len(response["holdings"]) == len({security["isin"] for security in response["securities"]}) == 1000
    plaid_sim.post("/_sim/positions", json={"item_id": connected["item_id"], "count": 0})
    assert plaid_holdings(plaid_sim, connected["access_token"])["holdings"] == []


def test_snaptrade_portfolio_can_have_any_size(snaptrade_sim: httpx.Client, snaptrade_sdk: SnapTradeSdk) -> None:
    connected = snaptrade_sim.post("/_sim/connect", json={"user_id": "sized", "silent": True}).json()
    snaptrade_sim.post("/_sim/positions", json={"account_id": connected["account_ids"][1], "count": 250})
    counts = [
        len(
            snaptrade_sdk.account_information.get_all_account_positions(
                account_id=account_id, user_id="sized", user_secret=connected["user_secret"]
            ).body["results"]
        )
        for account_id in connected["account_ids"]
    ]
    assert counts == [4, 250]


@pytest.mark.parametrize("number", [0, 7, 9_999, 123_456])
def test_generated_isins_have_valid_check_digits(number: int) -> None:
    assert len(generate_isin(number)) == 12
    assert is_valid_isin(generate_isin(number))
