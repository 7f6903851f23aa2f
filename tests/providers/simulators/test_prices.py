"""Test the command that changes prices at both simulators."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from local.simulators.securities import move_price
from tests.providers.simulators.receiver import Receiver
from tests.providers.simulators.sdks import SnapTradeSdk
from tests.providers.simulators.test_control import plaid_holdings


def _plaid_prices(sim: httpx.Client, access_token: str) -> dict[str, Decimal]:
    response = plaid_holdings(sim, access_token)
    tickers = {held["security_id"]: held["ticker_symbol"] for held in response["securities"]}
    return {tickers[held["security_id"]]: Decimal(held["institution_price"]) for held in response["holdings"]}


def _snaptrade_prices(sdk: SnapTradeSdk, connected: dict[str, Any], user_id: str) -> dict[str, str]:
    response = sdk.account_information.get_all_account_positions(
        account_id=connected["account_ids"][0], user_id=user_id, user_secret=connected["user_secret"]
    )
    return {held["instrument"]["symbol"]: held["price"] for held in response.body["results"]}


def test_plaid_prices_change_except_cash(plaid_sim: httpx.Client, receiver: Receiver) -> None:
    connected = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()
    response = plaid_sim.post("/_sim/prices", json={"item_id": connected["item_id"], "percent": "10"}).json()
    prices = _plaid_prices(plaid_sim, connected["access_token"])
    assert (prices["AAPL"], prices["VMFXX"], prices["CUR:USD"]) == (Decimal("254.54"), Decimal(1), Decimal(1))
    assert (response["moved"], [sent["status"] for sent in response["deliveries"]]) == (6, [200])
    assert receiver.last.event["updated_holdings"] == 6


def test_snaptrade_price_changes_for_a_named_ticker(
    snaptrade_sim: httpx.Client, snaptrade_sdk: SnapTradeSdk, receiver: Receiver
) -> None:
    connected = snaptrade_sim.post("/_sim/connect", json={"user_id": "priced", "silent": True}).json()
    command = {"connection_id": connected["connection_id"], "ticker": "AAPL", "percent": -50}
    response = snaptrade_sim.post("/_sim/prices", json=command).json()
    prices = _snaptrade_prices(snaptrade_sdk, connected, "priced")
    assert (prices["AAPL"], prices["SHOP.TO"], prices["VMFXX"]) == ("115.7", "148.75", "1")
    assert response["moved"] == 1
    assert {delivery.event["eventType"] for delivery in receiver.received} == {"ACCOUNT_HOLDINGS_UPDATED"}


@pytest.mark.parametrize("broken", [{}, {"silent": True}])
def test_price_change_sends_no_webhook_when_silent_or_broken(
    plaid_sim: httpx.Client, receiver: Receiver, broken: dict[str, bool]
) -> None:
    connected = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()
    target = {"item_id": connected["item_id"]}
    if not broken:
        plaid_sim.post("/_sim/break", json=target)
        receiver.received.clear()
    assert plaid_sim.post("/_sim/prices", json=target | broken).json()["deliveries"] == []
    assert receiver.received == []


@pytest.mark.parametrize("percent", ["much", "-100", "NaN", "Infinity", 1001])
def test_price_change_rejects_an_absurd_percentage(plaid_sim: httpx.Client, percent: object) -> None:
    connected = plaid_sim.post("/_sim/connect", json={}).json()
    response = plaid_sim.post("/_sim/prices", json={"item_id": connected["item_id"], "percent": percent})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("price", "percent", "after"),
    [("200", "1", "202"), ("0.0001", "-99", "0.0001"), ("1.0125", "0.5", "1.0176"), ("100", "-10", "90")],
)
def test_move_price_keeps_four_places_and_stays_positive(price: str, percent: str, after: str) -> None:
    assert move_price(price, Decimal(percent)) == after
