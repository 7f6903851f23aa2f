"""The control that moves prices, at both simulators."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from local.simulators.securities import move_price
from tests.providers.simulators.receiver import Receiver
from tests.providers.simulators.sdks import SnapTradeSdk
from tests.providers.simulators.test_control import plaid_holdings


def _plaid_prices(sim: httpx.Client, access_token: str) -> dict[str, Decimal]:
    answer = plaid_holdings(sim, access_token)
    tickers = {held["security_id"]: held["ticker_symbol"] for held in answer["securities"]}
    return {tickers[held["security_id"]]: Decimal(held["institution_price"]) for held in answer["holdings"]}


def _snaptrade_prices(sdk: SnapTradeSdk, made: dict[str, Any], user_id: str) -> dict[str, str]:
    answer = sdk.account_information.get_all_account_positions(
        account_id=made["account_ids"][0], user_id=user_id, user_secret=made["user_secret"]
    )
    return {held["instrument"]["symbol"]: held["price"] for held in answer.body["results"]}


def test_plaid_prices_move_but_not_those_of_cash(plaid_sim: httpx.Client, receiver: Receiver) -> None:
    made = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()
    answer = plaid_sim.post("/_sim/prices", json={"item_id": made["item_id"], "percent": "10"}).json()
    prices = _plaid_prices(plaid_sim, made["access_token"])
    assert (prices["AAPL"], prices["VMFXX"], prices["CUR:USD"]) == (Decimal("254.54"), Decimal(1), Decimal(1))
    assert (answer["moved"], [sent["status"] for sent in answer["deliveries"]]) == (6, [200])
    assert receiver.last.event["updated_holdings"] == 6


def test_one_snaptrade_price_moves(
    snaptrade_sim: httpx.Client, snaptrade_sdk: SnapTradeSdk, receiver: Receiver
) -> None:
    made = snaptrade_sim.post("/_sim/connect", json={"user_id": "priced", "silent": True}).json()
    order = {"connection_id": made["connection_id"], "ticker": "AAPL", "percent": -50}
    answer = snaptrade_sim.post("/_sim/prices", json=order).json()
    prices = _snaptrade_prices(snaptrade_sdk, made, "priced")
    assert (prices["AAPL"], prices["SHOP.TO"], prices["VMFXX"]) == ("115.7", "148.75", "1")
    assert answer["moved"] == 1
    assert {one.event["eventType"] for one in receiver.received} == {"ACCOUNT_HOLDINGS_UPDATED"}


@pytest.mark.parametrize("broken", [{}, {"silent": True}])
def test_prices_move_without_a_webhook(plaid_sim: httpx.Client, receiver: Receiver, broken: dict[str, bool]) -> None:
    made = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()
    target = {"item_id": made["item_id"]}
    if not broken:
        plaid_sim.post("/_sim/break", json=target)
        receiver.received.clear()
    assert plaid_sim.post("/_sim/prices", json=target | broken).json()["deliveries"] == []
    assert receiver.received == []


@pytest.mark.parametrize("percent", ["much", "-100", "NaN", "Infinity", 1001])
def test_absurd_moves_are_refused(plaid_sim: httpx.Client, percent: object) -> None:
    made = plaid_sim.post("/_sim/connect", json={}).json()
    answer = plaid_sim.post("/_sim/prices", json={"item_id": made["item_id"], "percent": percent})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("price", "percent", "after"),
    [("200", "1", "202"), ("0.0001", "-99", "0.0001"), ("1.0125", "0.5", "1.0176"), ("100", "-10", "90")],
)
def test_a_price_keeps_four_places_and_is_never_zero(price: str, percent: str, after: str) -> None:
    assert move_price(price, Decimal(percent)) == after
