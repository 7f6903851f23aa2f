"""Tables, secrets and the key: what is kept, how it is protected, and that two stacks fit one account."""

from typing import Any

import pytest

from tests.support.aws.stack import Stack
from tidings_cli.doctor.stores import KEPT_FOR_GOOD

KEYS = {
    "ProviderItemsTable": ["item"],
    "UpdateStateTable": ["user_id", "entry"],
    "HoldingsTable": ["user_id", "entry"],
    "SessionsTable": ["session"],
    "LinkSessionsTable": ["token"],
    "WebhookEventsTable": ["event"],
    "ProviderBudgetsTable": ["window"],
    "WebhookKeysTable": ["key"],
    "ExchangeRatesTable": ["base", "entry"],
    "HistoryTable": ["user_id", "entry"],
}
GENERATED = {"LiveTicketSecret", "LiveChannelSecret"}
NAMES = ["TableName", "QueueName", "FunctionName", "RoleName", "ManagedPolicyName", "LogGroupName", "AlarmName"]
NAMING_OTHERS = {
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::MetricFilter",
}


def _properties(stack: Stack, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = stack.resolve(stack.template["Resources"][name]["Properties"])
    return properties


def test_tables_have_expected_keys(stack: Stack) -> None:
    keys = {
        name: [part["AttributeName"] for part in _properties(stack, name)["KeySchema"]]
        for name in stack.resources_of_type("AWS::DynamoDB::Table")
    }
    assert keys == KEYS


@pytest.mark.threat(id="copied-tables")
@pytest.mark.parametrize("name", KEYS)
def test_every_table_is_protected(stack: Stack, name: str) -> None:
    properties = _properties(stack, name)
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    lifetime = None if name in KEPT_FOR_GOOD else {"AttributeName": "expires_at", "Enabled": True}
    assert properties.get("TimeToLiveSpecification") == lifetime
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    types = {one["AttributeName"]: one["AttributeType"] for one in properties["AttributeDefinitions"]}
    assert {attribute for attribute, kind in types.items() if kind != "S"} <= {"received_at"}


def test_tables_and_key_are_retained(stack: Stack) -> None:
    for name in [*KEYS, "CredentialKey"]:
        resource = stack.template["Resources"][name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_deletion_protection_is_off_until_a_parameter_sets_it(stack: Stack) -> None:
    """On from the start, it would block the rollback of a failed creation."""
    protected = Stack.from_template(DeletionProtection="on")
    for name in KEYS:
        assert _properties(stack, name)["DeletionProtectionEnabled"] is False
        assert _properties(protected, name)["DeletionProtectionEnabled"] is True


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, None),
        ({"TableMaxReadUnits": "100"}, {"MaxReadRequestUnits": "100"}),
        ({"TableMaxWriteUnits": "50"}, {"MaxWriteRequestUnits": "50"}),
        (
            {"TableMaxReadUnits": "100", "TableMaxWriteUnits": "50"},
            {"MaxReadRequestUnits": "100", "MaxWriteRequestUnits": "50"},
        ),
    ],
)
def test_tables_have_a_ceiling_only_if_configured(overrides: dict[str, str], expected: dict[str, str] | None) -> None:
    stack = Stack.from_template(**overrides)
    assert [_properties(stack, name).get("OnDemandThroughput") for name in KEYS] == [expected] * len(KEYS)


def test_only_operator_tables_have_indexes(stack: Stack) -> None:
    indexes = {name: _properties(stack, name).get("GlobalSecondaryIndexes", []) for name in KEYS}
    (of_items,), (of_events,) = indexes.pop("ProviderItemsTable"), indexes.pop("WebhookEventsTable")
    assert not any(indexes.values())
    assert [of_items["IndexName"], of_events["IndexName"]] == ["by-user", "by-item"]
    keys_only = {"ProjectionType": "KEYS_ONLY"}
    assert of_items["Projection"] == of_events["Projection"] == keys_only, "an index never copies a credential"
    assert not [one for one in stack.permissions.all if "/index/" in one.resource]


def test_resources_have_no_fixed_names(stack: Stack) -> None:
    named = [
        f"{logical_id}.{name}"
        for logical_id, resource in stack.template["Resources"].items()
        for name in NAMES
        if resource["Type"] not in NAMING_OTHERS and name in resource.get("Properties", {})
    ]
    assert named == []


def test_credential_key_has_rotation(stack: Stack) -> None:
    assert _properties(stack, "CredentialKey")["EnableKeyRotation"] is True


def test_new_secrets_of_others_keys_are_unconfigured(stack: Stack) -> None:
    names = stack.resources_of_type("AWS::SecretsManager::Secret").keys() - GENERATED
    assert [_properties(stack, name)["SecretString"] for name in names] == ["{}"] * 3


def test_own_keys_are_generated_and_no_template_change_renews_them(stack: Stack) -> None:
    """Another order would generate a new key: of the channels' names, it must never change."""
    ordered = [_properties(stack, name)["GenerateSecretString"] for name in GENERATED]
    expected = {
        "SecretStringTemplate": "{}",
        "GenerateStringKey": "key",
        "PasswordLength": 64,
        "ExcludePunctuation": True,
    }
    assert ordered == [expected] * 2


def test_every_function_has_every_table_key_and_secret_in_its_environment(stack: Stack) -> None:
    expected = {
        "PROVIDER_ITEMS_TABLE": "ProviderItemsTable",
        "UPDATE_STATE_TABLE": "UpdateStateTable",
        "HOLDINGS_TABLE": "HoldingsTable",
        "SESSIONS_TABLE": "SessionsTable",
        "LINK_SESSIONS_TABLE": "LinkSessionsTable",
        "WEBHOOK_EVENTS_TABLE": "WebhookEventsTable",
        "PROVIDER_BUDGETS_TABLE": "ProviderBudgetsTable",
        "WEBHOOK_KEYS_TABLE": "WebhookKeysTable",
        "EXCHANGE_RATES_TABLE": "ExchangeRatesTable",
        "HISTORY_TABLE": "HistoryTable",
        "TASKS_QUEUE_URL": "TasksQueue",
        "DEFERRED_WEBHOOKS_QUEUE_URL": "DeferredWebhooksQueue",
        "RECONCILE_QUEUE_URL": "ReconcileQueue",
        "CREDENTIAL_KEY_ID": "CredentialKey.Arn",
        "PLAID_SECRET_ID": "PlaidSecret",
        "SNAPTRADE_SECRET_ID": "SnapTradeSecret",
    }
    for function in stack.resources_of_type("AWS::Lambda::Function").values():
        environment = stack.resolve(function["Properties"]["Environment"]["Variables"])
        assert environment.items() >= expected.items()
        assert not [name for name in environment if name.endswith("_BASE_URL")], "local only"
