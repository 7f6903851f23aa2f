"""`tidings doctor`: secrets, provider keys and Plaid items, each with a fault."""

from typing import Any

import boto3
import pytest

from tests.support.aws.deployment_secrets import put_secret
from tests.support.drivers.app import App
from tests.support.drivers.doctor_findings import findings_of_check, only_problem, with_outputs
from tidings_cli.deployment import Deployment


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"client_id": "x"}, "plaid: it has no secret"),
        ({"client_id": "x", "secret": "y", "sceret": "z"}, "plaid: it has the unknown name 'sceret'"),
        ({"client_id": "x", "secret": "hush-hush\n"}, "plaid: secret has leading or trailing white space"),
        ({"client_id": "x", "secret": ["hush-hush"]}, "plaid: secret is not a string"),
    ],
)
def test_malformed_secret_is_a_problem(stack: Deployment, values: dict[str, Any], says: str) -> None:
    put_secret("plaid", values)
    one = only_problem(stack, "secrets")
    assert (one.level, one.says) == ("problem", says)
    assert "put-secret-value" in one.do
    assert "hush" not in f"{one}"


def test_non_json_secret_is_reported(stack: Deployment) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="snaptrade", SecretString="hush{")
    assert only_problem(stack, "secrets").says == "snaptrade: the secret is not a JSON object"


def test_one_unused_provider_is_a_warning_and_two_are_a_problem(stack: Deployment) -> None:
    put_secret("plaid", {})
    assert only_problem(stack, "secrets").level == "warning"
    assert [one.level for one in findings_of_check(stack, "keys")] == ["ok"]
    put_secret("snaptrade", {})
    assert [one.level for one in findings_of_check(stack, "secrets")] == ["warning", "warning", "problem"]


def test_rejected_provider_keys_are_a_problem(stack: Deployment) -> None:
    put_secret("plaid", {"client_id": "sim-plaid-client", "secret": "another"})
    put_secret("snaptrade", {"client_id": "SIM-SNAPTRADE", "consumer_key": "another"})
    plaid, snaptrade = findings_of_check(stack, "keys")
    assert (plaid.level, plaid.says) == ("problem", "plaid rejects the keys: Plaid answered INVALID_API_KEYS")
    assert "both must be of the environment sandbox" in plaid.do
    assert (snaptrade.level, snaptrade.says) == ("problem", "snaptrade rejects the keys: SnapTrade answered 401 1076")


def test_unreachable_provider_is_a_warning(stack: Deployment, app: App) -> None:
    app.providers.plaid("faults", path="/webhook_verification_key", kind="close")
    app.providers.snaptrade("faults", path="/snapTrade/partners", kind="status", status=500)
    assert [(one.level, one.says.partition(":")[0]) for one in findings_of_check(stack, "keys")] == [
        ("warning", "plaid can't be reached"),
        ("warning", "snaptrade can't be reached"),
    ]


def test_key_without_data_access_is_reported(stack: Deployment, app: App) -> None:
    body = {"can_access_holdings": False}
    app.providers.snaptrade("faults", path="/snapTrade/partners", kind="status", status=200, body=body)
    assert "no access to holdings" in only_problem(stack, "keys").says


def test_plaid_item_with_other_webhook_url_is_reported(stack: Deployment, app: App) -> None:
    app.link(app.sign_in(), "plaid")
    one = only_problem(stack, "plaid items")
    assert one.says == f"webhooks of 1 of 1 item go to {app.providers.catcher.url}/plaid"
    assert one.do == f"tidings items move-webhooks {stack.plaid_webhook_url}"
    here = with_outputs(stack, PlaidWebhookUrl=f"{app.providers.catcher.url}/plaid")
    assert [one.level for one in findings_of_check(here, "plaid items")] == ["ok"]


def test_item_unknown_to_plaid_is_not_reported(stack: Deployment, app: App) -> None:
    linked = app.link(app.sign_in(), "plaid")
    state = app.providers.plaid_simulator.state
    state["removed"].append(state["items"].pop(linked.item_id)["access_token"])
    assert [one.level for one in findings_of_check(stack, "plaid items")] == ["ok"]
