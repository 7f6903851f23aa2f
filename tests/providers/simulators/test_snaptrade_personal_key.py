"""Test personal keys through SnapTrade's SDK, whose personal mode sends no user id."""

from collections.abc import Callable, Iterator

import pytest
from snaptrade_client.auth import PersonalApiKeyAuth, SnapTradeAuth
from snaptrade_client.client import SnapTrade
from snaptrade_client.exceptions import ApiException

from local.simulators.serving import running
from local.simulators.snaptrade.app import CLIENT_ID, CONSUMER_KEY, create_app
from tests.providers.simulators.receiver import Receiver
from tests.providers.simulators.sdks import snaptrade_client
from tests.support.drivers.loopback import loopback


@pytest.fixture
def simulator(receiver: Receiver) -> Iterator[str]:
    with running(create_app(webhook_url=receiver.url, is_personal=True)) as url:
        yield url


@pytest.fixture
def sdk(simulator: str) -> SnapTrade[PersonalApiKeyAuth]:
    auth = SnapTradeAuth.personal_api_key(client_id=CLIENT_ID, consumer_key=CONSUMER_KEY)
    return SnapTrade(host=simulator, auth=auth)


def test_personal_key_connects_without_a_user_id(
    simulator: str, sdk: SnapTrade[PersonalApiKeyAuth], receiver: Receiver
) -> None:
    login = sdk.authentication.login_snap_trade_user(broker="ALPACA").body
    assert loopback.post(login["redirectURI"]).status_code == 200
    (connection,) = sdk.connections.list_brokerage_authorizations().body
    assert connection["brokerage"]["slug"] == "ALPACA"
    assert receiver.last.event["userId"]
    assert sdk.connections.delete_connection(connection_id=connection["id"]).body["connection_id"] == connection["id"]


def test_personal_key_rejects_user_calls(simulator: str) -> None:
    commercial = snaptrade_client(simulator)
    calls: list[Callable[[], object]] = [
        lambda: commercial.authentication.register_snap_trade_user(user_id="user-1"),
        lambda: commercial.connections.list_brokerage_authorizations(user_id="user-1", user_secret="secret"),
        lambda: commercial.authentication.reset_snap_trade_user_secret(user_id="user-1", user_secret="secret"),
        lambda: commercial.authentication.delete_snap_trade_user(user_id="user-1"),
    ]
    for call in calls:
        with pytest.raises(ApiException) as caught:
            call()
        assert (caught.value.status, caught.value.body["code"]) == (403, "1066")
