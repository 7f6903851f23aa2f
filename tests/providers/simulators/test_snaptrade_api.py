"""Test every SnapTrade call of the product through SnapTrade's SDK, which signs each request."""

import uuid
from decimal import Decimal
from typing import Any, TypedDict
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from snaptrade_client.exceptions import ApiException

from tests.providers.simulators.receiver import Receiver
from tests.providers.simulators.sdks import SnapTradeSdk


class Credentials(TypedDict):
    user_id: str
    user_secret: str


@pytest.fixture
def user(snaptrade_sdk: SnapTradeSdk, receiver: Receiver) -> Credentials:
    registered = snaptrade_sdk.authentication.register_snap_trade_user(user_id=f"user_{uuid.uuid4()}").body
    receiver.wait_for(1)
    return {"user_id": registered["userId"], "user_secret": registered["userSecret"]}


@pytest.fixture
def connection_id(snaptrade_sim: httpx.Client, user: Credentials) -> str:
    connected = snaptrade_sim.post("/_sim/connect", json={"user_id": user["user_id"], "silent": True}).json()
    return str(connected["connection_id"])


def list_accounts(sdk: SnapTradeSdk, user: Credentials, connection_id: str) -> list[dict[str, Any]]:
    response = sdk.connections.list_brokerage_authorization_accounts(authorization_id=connection_id, **user)
    accounts: list[dict[str, Any]] = response.body
    return accounts


def list_positions(sdk: SnapTradeSdk, user: Credentials, account_id: str) -> list[dict[str, Any]]:
    response = sdk.account_information.get_all_account_positions(account_id=account_id, **user)
    positions: list[dict[str, Any]] = response.body["results"]
    return positions


def error_code(caught: pytest.ExceptionInfo[ApiException]) -> tuple[int, str | None]:
    assert caught.value.body["status_code"] == caught.value.status
    return caught.value.status, caught.value.body.get("code")


def test_registering_a_user_sends_a_webhook_and_fails_when_repeated(
    snaptrade_sdk: SnapTradeSdk, user: Credentials, receiver: Receiver
) -> None:
    assert receiver.last.event["eventType"] == "USER_REGISTERED"
    with pytest.raises(ApiException) as caught:
        snaptrade_sdk.authentication.register_snap_trade_user(user_id=user["user_id"])
    assert error_code(caught) == (400, "1010")


def test_portal_connects_and_redirects_back(
    snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client, user: Credentials, receiver: Receiver
) -> None:
    login = snaptrade_sdk.authentication.login_snap_trade_user(
        **user, broker="ALPACA", custom_redirect="http://app.example/back?x=1", connection_type="read"
    ).body
    assert "Sign in to Alpaca" in snaptrade_sim.get(login["redirectURI"]).text
    redirect = snaptrade_sim.post(login["redirectURI"])
    query = parse_qs(urlsplit(redirect.headers["location"]).query)
    connections = snaptrade_sdk.connections.list_brokerage_authorizations(**user).body
    assert query == {"x": ["1"], "status": ["SUCCESS"], "connection_id": [connections[0]["id"]]}
    assert (connections[0]["brokerage"]["slug"], connections[0]["disabled"]) == ("ALPACA", False)
    events = [received.event["eventType"] for received in receiver.received]
    assert events == [
        "USER_REGISTERED",
        "CONNECTION_ATTEMPTED",
        "CONNECTION_ADDED",
        *["NEW_ACCOUNT_AVAILABLE"] * 2,
        *["ACCOUNT_TRANSACTIONS_INITIAL_UPDATE"] * 2,
        *["ACCOUNT_HOLDINGS_UPDATED"] * 2,
    ]
    assert snaptrade_sim.post(login["redirectURI"]).status_code == 401  # used up


@pytest.mark.parametrize(
    ("outcome", "query"),
    [
        ("cancel", {"status": ["ABANDONED"]}),
        ("fail", {"status": ["ERROR"], "status_code": ["401"], "error_code": ["1015"]}),
    ],
)
def test_portal_that_connects_nothing_redirects_with_the_reason(
    snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client, user: Credentials, outcome: str, query: dict[str, Any]
) -> None:
    login = snaptrade_sdk.authentication.login_snap_trade_user(**user, custom_redirect="http://app.example/back").body
    chooser = snaptrade_sim.get(login["redirectURI"]).text
    assert "Questrade</a>" in chooser
    redirect = snaptrade_sim.post(login["redirectURI"], data={"outcome": outcome, "institution": "QUESTRADE"})
    assert parse_qs(urlsplit(redirect.headers["location"]).query) == query
    assert snaptrade_sdk.connections.list_brokerage_authorizations(**user).body == []


def test_connecting_the_same_broker_returns_the_same_connection(
    snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client, user: Credentials, connection_id: str
) -> None:
    login = snaptrade_sdk.authentication.login_snap_trade_user(**user).body
    snaptrade_sim.post(login["redirectURI"])
    connections = snaptrade_sdk.connections.list_brokerage_authorizations(**user).body
    assert [connection["id"] for connection in connections] == [connection_id]


def test_positions_are_decimal_strings_and_cash_includes_the_money_market_fund(
    snaptrade_sdk: SnapTradeSdk, user: Credentials, connection_id: str
) -> None:
    margin, registered = list_accounts(snaptrade_sdk, user, connection_id)
    assert margin["brokerage_authorization"] == connection_id
    assert margin["sync_status"]["holdings"]["initial_sync_completed"] is True
    positions = list_positions(snaptrade_sdk, user, margin["id"])
    kinds = {position["instrument"]["kind"] for position in positions}
    assert kinds == {"stock", "option", "mutualfund"}
    for position in positions:
        assert all(isinstance(position[name], str) for name in ("units", "price", "cost_basis", "currency"))
    fund = next(position for position in positions if position.get("cash_equivalent"))
    balances = snaptrade_sdk.account_information.get_user_account_balance(account_id=margin["id"], **user).body
    cash = {balance["currency"]["code"]: balance["cash"] for balance in balances}
    assert cash.keys() == {"USD", "CAD"}
    assert Decimal(fund["units"]) * Decimal(fund["price"]) <= Decimal(str(cash["USD"]))
    assert list_positions(snaptrade_sdk, user, registered["id"])


def test_trade_changes_holdings_cash_and_sync_time(
    snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client, user: Credentials, connection_id: str, receiver: Receiver
) -> None:
    before = list_accounts(snaptrade_sdk, user, connection_id)[0]
    traded = snaptrade_sim.post("/_sim/trade", json={"user_id": user["user_id"], "ticker": "AAPL", "quantity": "2"})
    assert [delivery["status"] for delivery in traded.json()["deliveries"]] == [200, 200]  # one per account
    apple = list_positions(snaptrade_sdk, user, before["id"])[0]
    assert (apple["units"], apple["cost_basis"]) == ("12.5", "136.3120")
    after = list_accounts(snaptrade_sdk, user, connection_id)[0]
    stamps = [account["sync_status"]["holdings"]["last_successful_sync"] for account in (before, after)]
    assert stamps[0] < stamps[1]
    assert after["balance"]["total"] == before["balance"]["total"]  # paid for in cash


def test_connection_detail_returns_only_an_existing_connection(
    snaptrade_sdk: SnapTradeSdk, user: Credentials, connection_id: str
) -> None:
    shown = snaptrade_sdk.connections.detail_brokerage_authorization(authorization_id=connection_id, **user).body
    assert shown["id"] == connection_id
    with pytest.raises(ApiException) as caught:
        snaptrade_sdk.connections.detail_brokerage_authorization(authorization_id=str(uuid.uuid4()), **user)
    assert error_code(caught) == (404, "1011")


def test_connection_of_another_user_returns_404(
    snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client, user: Credentials
) -> None:
    other = snaptrade_sim.post("/_sim/connect", json={"user_id": f"other_{uuid.uuid4()}", "silent": True}).json()
    with pytest.raises(ApiException) as caught:
        list_accounts(snaptrade_sdk, user, other["connection_id"])
    assert error_code(caught) == (404, "1011")
    with pytest.raises(ApiException) as caught:
        list_positions(snaptrade_sdk, user, other["account_ids"][0])
    assert error_code(caught) == (404, "1011")


def test_refresh_sends_a_webhook_per_account(
    snaptrade_sdk: SnapTradeSdk, user: Credentials, connection_id: str, receiver: Receiver
) -> None:
    receiver.received.clear()
    response = snaptrade_sdk.connections.refresh_brokerage_authorization(authorization_id=connection_id, **user).body
    assert response["detail"] == f"Connection {connection_id} scheduled for refresh"
    events = [received.event for received in receiver.wait_for(2)]
    assert {event["eventType"] for event in events} == {"ACCOUNT_HOLDINGS_UPDATED"}
    assert len({event["accountId"] for event in events}) == 2


def test_disabled_connection_is_repaired_through_the_portal(
    snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client, user: Credentials, connection_id: str, receiver: Receiver
) -> None:
    connections = snaptrade_sdk.connections
    receiver.received.clear()
    connections.disable_brokerage_authorization(authorization_id=connection_id, **user)
    assert receiver.wait_for(1)[0].event["eventType"] == "CONNECTION_BROKEN"
    with pytest.raises(ApiException) as caught:
        connections.disable_brokerage_authorization(authorization_id=connection_id, **user)
    assert error_code(caught) == (402, "3011")
    with pytest.raises(ApiException) as caught:
        connections.refresh_brokerage_authorization(authorization_id=connection_id, **user)
    assert error_code(caught) == (402, "3003")
    assert list_accounts(snaptrade_sdk, user, connection_id)  # the cache is still served

    login = snaptrade_sdk.authentication.login_snap_trade_user(**user, reconnect=connection_id).body
    snaptrade_sim.post(login["redirectURI"])
    assert receiver.last.event["eventType"] == "CONNECTION_FIXED"
    shown = connections.detail_brokerage_authorization(authorization_id=connection_id, **user).body
    assert shown["disabled"] is False


def test_deletion_is_confirmed_by_webhook(
    snaptrade_sdk: SnapTradeSdk, user: Credentials, connection_id: str, receiver: Receiver
) -> None:
    receiver.received.clear()
    deleted = snaptrade_sdk.connections.delete_connection(connection_id=connection_id, **user).body
    assert deleted["connection_id"] == connection_id
    assert receiver.wait_for(1)[0].event["eventType"] == "CONNECTION_DELETED"
    assert snaptrade_sdk.connections.list_brokerage_authorizations(**user).body == []
    deletion = snaptrade_sdk.authentication.delete_snap_trade_user(user_id=user["user_id"]).body
    assert (deletion["status"], deletion["userId"]) == ("deleted", user["user_id"])
    assert receiver.wait_for(2)[1].event["eventType"] == "USER_DELETED"
    with pytest.raises(ApiException) as caught:
        snaptrade_sdk.connections.list_brokerage_authorizations(**user)
    assert error_code(caught) == (401, "1083")


def test_reset_secret_replaces_the_old_one(snaptrade_sdk: SnapTradeSdk, user: Credentials, connection_id: str) -> None:
    fresh = snaptrade_sdk.authentication.reset_snap_trade_user_secret(**user).body
    with pytest.raises(ApiException) as caught:
        snaptrade_sdk.connections.list_brokerage_authorizations(**user)
    assert error_code(caught) == (401, "1083")
    renewed: Credentials = {"user_id": user["user_id"], "user_secret": fresh["userSecret"]}
    assert snaptrade_sdk.connections.list_brokerage_authorizations(**renewed).body[0]["id"] == connection_id


def test_positions_return_425_before_the_initial_sync(
    snaptrade_sdk: SnapTradeSdk, snaptrade_sim: httpx.Client, user: Credentials, connection_id: str
) -> None:
    snaptrade_sim.post("/_sim/sync_status", json={"connection_id": connection_id, "initial_sync_completed": False})
    account = list_accounts(snaptrade_sdk, user, connection_id)[0]
    assert account["sync_status"]["holdings"]["last_successful_sync"] is None
    with pytest.raises(ApiException) as caught:
        list_positions(snaptrade_sdk, user, account["id"])
    assert error_code(caught) == (425, "3012")
