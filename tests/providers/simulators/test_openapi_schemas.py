"""The simulators' answers against the schemas in the providers' own OpenAPI files (no part of the repository)."""

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
Check = Callable[[Any, str], None]


def checker(name: str) -> Check:
    """Checks an answer against a schema of the file, or against an array of it for `[Schema]`."""
    path = REFERENCE / name
    if not path.exists():
        pytest.skip("the provider's specification is not part of the repository")
    document = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    components = {"schemas": _nullable(document["components"]["schemas"])}

    def check(answer: Any, schema: str) -> None:  # noqa: ANN401 - JSON
        reference: dict[str, Any] = {"$ref": f"#/components/schemas/{schema.strip('[]')}"}
        wanted = {"type": "array", "items": reference} if schema.startswith("[") else reference
        errors = Draft202012Validator({**wanted, "components": components}).iter_errors(answer)
        assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []

    return check


def _nullable(schema: Any) -> Any:  # noqa: ANN401 - a schema is any JSON
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if isinstance(schema, list):
        return [_nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: _nullable(value) for name, value in schema.items() if name not in {"nullable", "example", "examples"}
    }
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


@pytest.fixture(scope="module")
def plaid() -> Check:
    return checker("plaid-openapi.yml")


@pytest.fixture(scope="module")
def snaptrade() -> Check:
    return checker("snaptrade-openapi.yaml")


def asked(sim: httpx.Client, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    return sim.post(path, json=body, headers=PLAID_KEYS).json()


@pytest.mark.parametrize("count", [None, 300])
def test_plaids_answers(plaid: Check, plaid_sim: httpx.Client, count: int | None) -> None:
    made = plaid_sim.post("/_sim/connect", json={"webhook": "https://hooks.example.com/plaid"}).json()
    if count is not None:
        plaid_sim.post("/_sim/positions", json={"item_id": made["item_id"], "count": count})
    token = {"access_token": made["access_token"]}
    plaid(asked(plaid_sim, "/investments/holdings/get", **token), "InvestmentsHoldingsGetResponse")
    plaid(asked(plaid_sim, "/item/get", **token), "ItemGetResponse")
    plaid_sim.post("/_sim/break", json={"item_id": made["item_id"]})
    plaid(asked(plaid_sim, "/investments/holdings/get", **token), "PlaidError")
    plaid(asked(plaid_sim, "/item/get", **token), "ItemGetResponse")
    plaid(asked(plaid_sim, "/item/remove", **token), "ItemRemoveResponse")
    plaid(asked(plaid_sim, "/item/get", **token), "PlaidError")


def test_snaptrades_answers_about_the_client(snaptrade: Check, snaptrade_sdk: SnapTradeSdk) -> None:
    snaptrade(snaptrade_sdk.reference_data.get_partner_info().body, "PartnerData")
    snaptrade(snaptrade_sdk.authentication.list_snap_trade_users().body, "UserList")


def test_snaptrades_answers(snaptrade: Check, snaptrade_sim: httpx.Client, snaptrade_sdk: SnapTradeSdk) -> None:
    user_id = f"user_{uuid.uuid4()}"
    made = snaptrade_sim.post("/_sim/connect", json={"user_id": user_id, "silent": True}).json()
    user = {"user_id": user_id, "user_secret": made["user_secret"]}
    connections = [dict(one) for one in snaptrade_sdk.connections.list_brokerage_authorizations(**user).body]
    for connection in connections:
        del connection["data_freshness_mode"]  # a string in this file, an object in the SDK that is newer
    snaptrade(connections, "[BrokerageAuthorization]")
    accounts = snaptrade_sdk.connections.list_brokerage_authorization_accounts(
        authorization_id=made["connection_id"], **user
    ).body
    snaptrade(accounts, "[Account]")
    for account in accounts:
        data, asking = snaptrade_sdk.account_information, {"account_id": account["id"], **user}
        snaptrade(data.get_all_account_positions(**asking).body, "AllAccountPositionsResponse")
        snaptrade(data.get_user_account_balance(**asking).body, "[Balance]")
