"""Test every Plaid call of the product through Plaid's SDK."""

import json
import time
from decimal import Decimal
from typing import Any

import httpx
import plaid  # type: ignore[import-untyped]
import pytest
from plaid.api.plaid_api import PlaidApi  # type: ignore[import-untyped]
from plaid.model.country_code import CountryCode  # type: ignore[import-untyped]
from plaid.model.investments_holdings_get_request import (  # type: ignore[import-untyped]
    InvestmentsHoldingsGetRequest,
)
from plaid.model.investments_refresh_request import InvestmentsRefreshRequest  # type: ignore[import-untyped]
from plaid.model.item_get_request import ItemGetRequest  # type: ignore[import-untyped]
from plaid.model.item_public_token_exchange_request import (  # type: ignore[import-untyped]
    ItemPublicTokenExchangeRequest,
)
from plaid.model.item_remove_request import ItemRemoveRequest  # type: ignore[import-untyped]
from plaid.model.item_webhook_update_request import ItemWebhookUpdateRequest  # type: ignore[import-untyped]
from plaid.model.link_token_create_hosted_link import LinkTokenCreateHostedLink  # type: ignore[import-untyped]
from plaid.model.link_token_create_request import LinkTokenCreateRequest  # type: ignore[import-untyped]
from plaid.model.link_token_create_request_user import (  # type: ignore[import-untyped]
    LinkTokenCreateRequestUser,
)
from plaid.model.link_token_get_request import LinkTokenGetRequest  # type: ignore[import-untyped]
from plaid.model.products import Products  # type: ignore[import-untyped]
from plaid.model.sandbox_item_fire_webhook_request import (  # type: ignore[import-untyped]
    SandboxItemFireWebhookRequest,
)
from plaid.model.sandbox_item_reset_login_request import (  # type: ignore[import-untyped]
    SandboxItemResetLoginRequest,
)
from plaid.model.sandbox_public_token_create_request import (  # type: ignore[import-untyped]
    SandboxPublicTokenCreateRequest,
)
from plaid.model.sandbox_public_token_create_request_options import (  # type: ignore[import-untyped]
    SandboxPublicTokenCreateRequestOptions,
)
from plaid.model.webhook_type import WebhookType  # type: ignore[import-untyped]

from tests.providers.simulators.receiver import Receiver
from tests.providers.simulators.sdks import plaid_client


@pytest.fixture
def item(plaid_sdk: PlaidApi, receiver: Receiver) -> dict[str, str]:
    """Create an item as Plaid's sandbox does."""
    options = SandboxPublicTokenCreateRequestOptions(webhook=receiver.url)
    created = plaid_sdk.sandbox_public_token_create(
        SandboxPublicTokenCreateRequest(
            institution_id="ins_109508", initial_products=[Products("investments")], options=options
        )
    )
    exchanged = plaid_sdk.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=created.public_token))
    return {"item_id": exchanged.item_id, "access_token": exchanged.access_token}


def error_body(caught: pytest.ExceptionInfo[Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(caught.value.body)
    return {"status": caught.value.status, **body}


def build_link_request(**fields: object) -> LinkTokenCreateRequest:
    return LinkTokenCreateRequest(
        client_name="Tidings",
        language="en",
        country_codes=[CountryCode("US")],
        user=LinkTokenCreateRequestUser(client_user_id="user-1"),
        **fields,
    )


def test_holdings_contain_every_kind_of_security(plaid_sdk: PlaidApi, item: dict[str, str]) -> None:
    response = plaid_sdk.investments_holdings_get(InvestmentsHoldingsGetRequest(access_token=item["access_token"]))
    securities = {security.security_id: security for security in response.securities}
    assert {holding.security_id for holding in response.holdings} == securities.keys()
    assert {security.type for security in response.securities} == {
        "equity", "etf", "derivative", "fixed income", "cash", "mutual fund",
    }  # fmt: skip
    assert len(response.accounts) == 2
    assert {holding.iso_currency_code for holding in response.holdings} == {"USD", "CAD"}
    bond = next(security for security in response.securities if security.type == "fixed income")
    assert (bond.isin, bond.cusip, bond.ticker_symbol) == ("US91282CJJ18", "91282CJJ1", None)
    assert "CUR:USD" in {security.ticker_symbol for security in response.securities}


def test_amounts_are_sent_as_exact_json_numbers(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    credentials = {"client_id": "sim-plaid-client", "secret": "sim-plaid-secret"}
    sent = plaid_sim.post("/investments/holdings/get", json={**credentials, "access_token": item["access_token"]}).text
    holdings = json.loads(sent, parse_float=Decimal)["holdings"]
    assert [holding["quantity"] for holding in holdings][4] == Decimal("1840.27")
    assert all(
        holding["institution_value"] == holding["quantity"] * holding["institution_price"] for holding in holdings
    )


def test_holdings_can_be_limited_to_one_account(
    plaid_sdk: PlaidApi, plaid_sim: httpx.Client, item: dict[str, str]
) -> None:
    listed = plaid_sim.get("/_sim/items").json()["items"]
    account_id = next(held for held in listed if held["item_id"] == item["item_id"])["accounts"][0]["account_id"]
    request = InvestmentsHoldingsGetRequest(
        access_token=item["access_token"], options={"account_ids": [account_id]}, _check_type=False
    )
    response = plaid_sdk.investments_holdings_get(request)
    assert {holding.account_id for holding in response.holdings} == {account_id}


def test_item_get_returns_the_last_update_and_webhook(
    plaid_sdk: PlaidApi, plaid_sim: httpx.Client, item: dict[str, str], receiver: Receiver
) -> None:
    plaid_sim.post("/_sim/trade", json={"item_id": item["item_id"]})
    response = plaid_sdk.item_get(ItemGetRequest(access_token=item["access_token"]))
    assert response.item.item_id == item["item_id"]
    assert response.item.webhook == receiver.url
    assert response.status.investments.last_successful_update is not None
    assert response.status.last_webhook.code_sent == "DEFAULT_UPDATE"


def test_broken_login_is_repaired_in_update_mode(
    plaid_sdk: PlaidApi, plaid_sim: httpx.Client, item: dict[str, str], receiver: Receiver
) -> None:
    assert plaid_sdk.sandbox_item_reset_login(SandboxItemResetLoginRequest(access_token=item["access_token"]))
    assert receiver.last.event["error"]["error_code"] == "ITEM_LOGIN_REQUIRED"
    with pytest.raises(plaid.ApiException) as caught:
        plaid_sdk.investments_holdings_get(InvestmentsHoldingsGetRequest(access_token=item["access_token"]))
    assert error_body(caught)["error_code"] == "ITEM_LOGIN_REQUIRED"
    assert plaid_sdk.item_get(ItemGetRequest(access_token=item["access_token"])).item.error is not None

    before = len(receiver.received)
    update = plaid_sdk.link_token_create(
        build_link_request(access_token=item["access_token"], hosted_link=LinkTokenCreateHostedLink())
    )
    assert plaid_sim.post(update.hosted_link_url).status_code == 200
    assert plaid_sdk.investments_holdings_get(InvestmentsHoldingsGetRequest(access_token=item["access_token"]))
    assert len(receiver.received) == before  # an app's own update mode sends no LOGIN_REPAIRED


def test_hosted_link_returns_a_public_token(plaid_sdk: PlaidApi, plaid_sim: httpx.Client, receiver: Receiver) -> None:
    hosted_link = LinkTokenCreateHostedLink(completion_redirect_uri="http://app.example/back?x=1")
    created = plaid_sdk.link_token_create(
        build_link_request(products=[Products("investments")], webhook=receiver.url, hosted_link=hosted_link)
    )
    get_request = LinkTokenGetRequest(link_token=created.link_token)
    assert plaid_sdk.link_token_get(get_request).link_sessions == []
    assert "First Platypus Bank</a>" in plaid_sim.get(created.hosted_link_url).text
    assert plaid_sdk.link_token_get(get_request).link_sessions[0].finished_at is None

    redirect = plaid_sim.post(created.hosted_link_url)
    assert (redirect.status_code, redirect.headers["location"]) == (303, "http://app.example/back?x=1")
    session = plaid_sdk.link_token_get(get_request).link_sessions[0]
    added = session.results.item_add_results[0]
    assert receiver.last.event["public_tokens"] == [added.public_token]
    assert added.institution.name == "First Platypus Bank"
    exchanged = plaid_sdk.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=added.public_token))
    listed = plaid_sim.get("/_sim/items").json()["items"]
    assert next(held for held in listed if held["item_id"] == exchanged.item_id)["client_user_id"] == "user-1"
    assert plaid_sim.post(created.hosted_link_url).status_code == 400  # used up


def test_hosted_link_connects_the_chosen_institution(plaid_sdk: PlaidApi, plaid_sim: httpx.Client) -> None:
    created = plaid_sdk.link_token_create(
        build_link_request(products=[Products("investments")], hosted_link=LinkTokenCreateHostedLink())
    )
    chosen = plaid_sim.get(created.hosted_link_url, params={"institution": "ins_115616"}).text
    assert "Sign in to Vanguard" in chosen
    assert 'value="connect">Connect</button>' in chosen
    plaid_sim.post(created.hosted_link_url, data={"outcome": "connect", "institution": "ins_115616"})
    session = plaid_sdk.link_token_get(LinkTokenGetRequest(link_token=created.link_token)).link_sessions[0]
    assert session.results.item_add_results[0].institution.name == "Vanguard"


@pytest.mark.parametrize(("outcome", "code"), [("cancel", None), ("fail", "INVALID_CREDENTIALS")])
def test_hosted_link_that_is_left_has_an_exit_and_no_token(
    plaid_sdk: PlaidApi, plaid_sim: httpx.Client, receiver: Receiver, outcome: str, code: str | None
) -> None:
    hosted_link = LinkTokenCreateHostedLink(completion_redirect_uri="http://app.example/back")
    created = plaid_sdk.link_token_create(
        build_link_request(products=[Products("investments")], webhook=receiver.url, hosted_link=hosted_link)
    )
    redirect = plaid_sim.post(created.hosted_link_url, data={"outcome": outcome, "institution": "ins_115616"})
    assert (redirect.status_code, redirect.headers["location"]) == (303, "http://app.example/back")
    session = plaid_sdk.link_token_get(LinkTokenGetRequest(link_token=created.link_token)).link_sessions[0]
    assert session.finished_at is not None
    assert session.exit.metadata.institution.name == "Vanguard"
    assert (session.exit.error and session.exit.error.error_code) == code
    assert (receiver.last.event["status"], receiver.last.event["public_tokens"]) == ("EXITED", [])


def test_public_token_is_exchanged_only_once(plaid_sdk: PlaidApi) -> None:
    created = plaid_sdk.sandbox_public_token_create(
        SandboxPublicTokenCreateRequest(institution_id="ins_109508", initial_products=[Products("investments")])
    )
    exchange = ItemPublicTokenExchangeRequest(public_token=created.public_token)
    plaid_sdk.item_public_token_exchange(exchange)
    with pytest.raises(plaid.ApiException) as caught:
        plaid_sdk.item_public_token_exchange(exchange)
    assert error_body(caught)["error_code"] == "INVALID_PUBLIC_TOKEN"


def test_removed_item_returns_item_not_found(plaid_sdk: PlaidApi, item: dict[str, str]) -> None:
    plaid_sdk.item_remove(ItemRemoveRequest(access_token=item["access_token"]))
    with pytest.raises(plaid.ApiException) as caught:
        plaid_sdk.item_remove(ItemRemoveRequest(access_token=item["access_token"]))
    assert error_body(caught)["error_type"] == "ITEM_ERROR"
    assert error_body(caught)["error_code"] == "ITEM_NOT_FOUND"


def test_webhook_update_changes_the_url(plaid_sdk: PlaidApi, item: dict[str, str], receiver: Receiver) -> None:
    moved = f"{receiver.url}?moved"
    response = plaid_sdk.item_webhook_update(ItemWebhookUpdateRequest(access_token=item["access_token"], webhook=moved))
    assert response.item.webhook == moved
    acknowledged = receiver.wait_for(1)[0].event
    assert (acknowledged["webhook_code"], acknowledged["new_webhook_url"]) == ("WEBHOOK_UPDATE_ACKNOWLEDGED", moved)


def test_refresh_sends_a_webhook_only_for_unannounced_changes(
    plaid_sdk: PlaidApi, plaid_sim: httpx.Client, item: dict[str, str], receiver: Receiver
) -> None:
    plaid_sdk.investments_refresh(InvestmentsRefreshRequest(access_token=item["access_token"]))
    time.sleep(0.05)
    assert receiver.received == []
    plaid_sim.post("/_sim/trade", json={"item_id": item["item_id"], "silent": True})
    plaid_sdk.investments_refresh(InvestmentsRefreshRequest(access_token=item["access_token"]))
    assert receiver.wait_for(1)[0].event["webhook_type"] == "HOLDINGS"


def test_fire_webhook_sends_only_enabled_products(
    plaid_sdk: PlaidApi, item: dict[str, str], receiver: Receiver
) -> None:
    def fire(webhook_type: str) -> bool:
        request = SandboxItemFireWebhookRequest(
            access_token=item["access_token"], webhook_code="DEFAULT_UPDATE", webhook_type=WebhookType(webhook_type)
        )
        return bool(plaid_sdk.sandbox_item_fire_webhook(request).webhook_fired)

    assert fire("HOLDINGS")
    assert receiver.last.event["webhook_type"] == "HOLDINGS"
    with pytest.raises(plaid.ApiException) as caught:
        fire("LIABILITIES")
    assert error_body(caught)["error_code"] == "SANDBOX_PRODUCT_NOT_ENABLED"


@pytest.mark.parametrize(
    ("secret", "access_token", "code"),
    [("wrong", "any", "INVALID_API_KEYS"), ("sim-plaid-secret", "access-sandbox-unknown", "INVALID_ACCESS_TOKEN")],
)
def test_wrong_credentials_return_invalid_input(
    plaid_sim: httpx.Client, secret: str, access_token: str, code: str
) -> None:
    sdk = plaid_client(str(plaid_sim.base_url), secret)
    with pytest.raises(plaid.ApiException) as caught:
        sdk.item_get(ItemGetRequest(access_token=access_token))
    error = error_body(caught)
    assert (error["status"], error["error_type"], error["error_code"]) == (400, "INVALID_INPUT", code)
    assert error["request_id"]
