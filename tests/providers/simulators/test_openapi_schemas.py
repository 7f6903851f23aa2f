"""Test the simulators' responses against the providers' OpenAPI files, which are not in the repository."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.providers.simulators.sdks import SnapTradeSdk

REFERENCE = Path(__file__).parents[3].parent / "shared" / "reference"
PLAID_KEYS = {"PLAID-CLIENT-ID": "sim-plaid-client", "PLAID-SECRET": "sim-plaid-secret"}
SchemaCheck = Callable[[Any, str], None]


def schema_checker(name: str) -> SchemaCheck:
    """Return a function that checks a response against a schema of the file, or an array of it for `[Schema]`."""
    path = REFERENCE / name
    if not path.exists():
        pytest.skip("the provider's specification is not part of the repository")
    document = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    components = {"schemas": _nullable(document["components"]["schemas"])}

    def check_schema(response: Any, schema: str) -> None:  # noqa: ANN401 - JSON
        reference: dict[str, Any] = {"$ref": f"#/components/schemas/{schema.strip('[]')}"}
        expected = {"type": "array", "items": reference} if schema.startswith("[") else reference
        errors = Draft202012Validator({**expected, "components": components}).iter_errors(response)
        assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []

    return check_schema


def _nullable(schema: Any) -> Any:  # noqa: ANN401 - a schema is any JSON
    """Translate OpenAPI 3.0's `nullable` into JSON Schema."""
    if isinstance(schema, list):
        return [_nullable(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: _nullable(value) for name, value in schema.items() if name not in {"nullable", "example", "examples"}
    }
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


@pytest.fixture(scope="module")
def plaid() -> SchemaCheck:
    return schema_checker("plaid-openapi.yml")


@pytest.fixture(scope="module")
def snaptrade() -> SchemaCheck:
    return schema_checker("snaptrade-openapi.yaml")


def call(sim: httpx.Client, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    return sim.post(path, json=body, headers=PLAID_KEYS).json()


@pytest.mark.parametrize("count", [None, 300])
def test_plaid_responses_match_the_published_schema(
    plaid: SchemaCheck, plaid_sim: httpx.Client, count: int | None
) -> None:
    connected = plaid_sim.post("/_sim/connect", json={"webhook": "https://hooks.example.com/plaid"}).json()
    if count is not None:
        plaid_sim.post("/_sim/positions", json={"item_id": connected["item_id"], "count": count})
    token = {"access_token": connected["access_token"]}
    plaid(call(plaid_sim, "/investments/holdings/get", **token), "InvestmentsHoldingsGetResponse")
    plaid(call(plaid_sim, "/item/get", **token), "ItemGetResponse")
    plaid_sim.post("/_sim/break", json={"item_id": connected["item_id"]})
    plaid(call(plaid_sim, "/investments/holdings/get", **token), "PlaidError")
    plaid(call(plaid_sim, "/item/get", **token), "ItemGetResponse")
    plaid(call(plaid_sim, "/item/remove", **token), "ItemRemoveResponse")
    plaid(call(plaid_sim, "/item/get", **token), "PlaidError")


def test_snaptrade_client_responses_match_the_published_schema(
    snaptrade: SchemaCheck, snaptrade_sdk: SnapTradeSdk
) -> None:
    snaptrade(snaptrade_sdk.reference_data.get_partner_info().body, "PartnerData")
    snaptrade(snaptrade_sdk.authentication.list_snap_trade_users().body, "UserList")


def test_snaptrade_responses_match_the_published_schema(
    snaptrade: SchemaCheck, snaptrade_sim: httpx.Client, snaptrade_sdk: SnapTradeSdk
) -> None:
    user_id = f"user_{uuid.uuid4()}"
    connected = snaptrade_sim.post("/_sim/connect", json={"user_id": user_id, "silent": True}).json()
    user = {"user_id": user_id, "user_secret": connected["user_secret"]}
    connections = [dict(entry) for entry in snaptrade_sdk.connections.list_brokerage_authorizations(**user).body]
    for connection in connections:
        del connection["data_freshness_mode"]  # a string in this file, an object in the newer SDK
    snaptrade(connections, "[BrokerageAuthorization]")
    accounts = snaptrade_sdk.connections.list_brokerage_authorization_accounts(
        authorization_id=connected["connection_id"], **user
    ).body
    snaptrade(accounts, "[Account]")
    for account in accounts:
        data, parameters = snaptrade_sdk.account_information, {"account_id": account["id"], **user}
        snaptrade(data.get_all_account_positions(**parameters).body, "AllAccountPositionsResponse")
        snaptrade(data.get_user_account_balance(**parameters).body, "[Balance]")
