"""Create clients of the providers' SDKs for the simulators: the oracles of these tests."""

import plaid  # type: ignore[import-untyped]
from plaid.api.plaid_api import PlaidApi  # type: ignore[import-untyped]
from snaptrade_client.auth import CommercialApiKeyAuth, SnapTradeAuth
from snaptrade_client.client import SnapTrade

from local.simulators.plaid.app import CLIENT_ID as PLAID_CLIENT_ID
from local.simulators.plaid.app import SECRET
from local.simulators.snaptrade.app import CLIENT_ID, CONSUMER_KEY

SnapTradeSdk = SnapTrade[CommercialApiKeyAuth]


def plaid_client(url: str, secret: str = SECRET) -> PlaidApi:
    configuration = plaid.Configuration(host=url, api_key={"clientId": PLAID_CLIENT_ID, "secret": secret})
    return PlaidApi(plaid.ApiClient(configuration))


def snaptrade_client(url: str, client_id: str = CLIENT_ID, consumer_key: str = CONSUMER_KEY) -> SnapTradeSdk:
    auth = SnapTradeAuth.commercial_api_key(client_id=client_id, consumer_key=consumer_key)
    return SnapTrade(host=url, auth=auth)
