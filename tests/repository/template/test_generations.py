"""An update keeps what is stateful or addressed: tables, key, queues, secrets, log groups, API, functions, outputs.

`tools/generations.py` recorded the older deployments, and which properties replace a resource. Run it again if the
record lacks a resource type.
"""

import json
from typing import Any

import pytest

from tests.support.aws.generations import deployed_resources, find_replaced
from tests.support.aws.stack import ROOT, Stack
from tools.generations import KEPT, reduce_generation

RECORD = json.loads((ROOT / "tests" / "repository" / "template" / "generations.json").read_text("utf-8"))
CREATE_ONLY = RECORD["create_only"]
OLDER = RECORD["generations"]["00e774b"]
"""The first deployable template: its alarms were not nested, and its function URLs named no alias."""

ADDED_SINCE = {
    "WebhookKeysTable",
    "HistoryTable",
    *("ExchangeRatesTable", "ExchangeRatesFunction", "ExchangeRatesFunctionRole", "ExchangeRatesFunctionRun"),
    "ExchangeRatesLogs",
    *("AnnounceEventSource", "AnnounceFunction", "AnnounceFunctionRole", "AnnounceLogs"),
    *("LiveTicketFunction", "LiveTicketFunctionRole", "LiveTicketLogs", "LiveTicketSecret", "LiveChannelSecret"),
    *("LiveAuthorizerFunction", "LiveAuthorizerFunctionRole", "LiveAuthorizerLogs"),
    *("NotifyQueue", "NotifyDeadLetterQueue", "NotifyEventSource", "NotifySecret"),
    *("NotifyFunction", "NotifyFunctionRole", "NotifyLogs"),
}
ADDED_OUTPUTS = {"NotifyDeadLetterQueueUrl", "NotifySecretArn"}
NESTED_SINCE = {"DashboardUrl"}
"""Outputs whose value names a resource of the nested stack."""

TO_THE_ALIAS = {"WebhookPlaidFunctionUrl", "WebhookSnapTradeFunctionUrl"}
"""The one replacement of an address: docs/upgrading.md says what to do about it."""

DOMAIN = {"DomainName": "api.example.com", "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1-2"}
SIGN_IN = {"OidcIssuer": "https://id.example.com", "OidcAudience": "tidings"}
OTHER_VALUES = {
    "AllowedOrigins": "https://other.example.com",
    "PlaidClientName": "Another name",
    "PlaidCountryCodes": "US,GB",
    "MainCurrency": "EUR",
    "ReconcileSchedule": "rate(1 hour)",
    "BudgetEmail": "operator@example.com",
    "PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
    "BudgetAmount": "100",
    "TableMaxReadUnits": "1000",
    "TableMaxWriteUnits": "1000",
    "WebhookBaseUrl": "https://hooks.example.com",
    "OidcUserIdClaim": "user_id",
    "NotifyUrl": "https://other.example.com/tidings",
    "WebhookReservedConcurrency": "5",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
}
"""Values of parameters whose patterns no other value follows from."""

PAIRS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, DOMAIN),
    (DOMAIN, {**DOMAIN, "HostedZoneId": "Z0123456789ABC"}),
    ({}, SIGN_IN),
    (SIGN_IN, {**SIGN_IN, "OidcAudience": "other"}),
    ({}, {"NotifyUrl": "https://app.example.com/tidings"}),
    ({"LiveUpdates": "off"}, {"LiveUpdates": "on"}),
    ({}, {"GradualDeployments": "Linear10PercentEvery1Minute"}),
]
"""Parameters before and after, of those that belong together."""

SEPARATE = {"Architecture", "Release", *(name for pair in PAIRS for some in pair for name in some)}
"""Parameters with a test of their own."""


def _other_value(name: str, spec: dict[str, Any]) -> str:
    if name in OTHER_VALUES:
        return OTHER_VALUES[name]
    if "AllowedValues" in spec:
        return next(str(value) for value in spec["AllowedValues"] if value != spec["Default"])
    if spec["Type"] == "Number":
        return str(spec["Default"] + 1)
    raise AssertionError(f"{name} needs another value in this test")


PARAMETERS = Stack.from_template().source["Parameters"]


@pytest.fixture(scope="module")
def stack() -> Stack:
    """The template with every default, as older deployments have it."""
    return Stack.from_template()


def test_no_stateful_resource_is_lost_and_only_known_ones_are_added(stack: Stack) -> None:
    now = {name for name, one in stack.template["Resources"].items() if one["Type"] in KEPT}
    assert now == OLDER["Resources"].keys() | ADDED_SINCE


@pytest.mark.parametrize("name", OLDER["Resources"])
def test_stateful_resource_keeps_its_identity(stack: Stack, name: str) -> None:
    before, now = OLDER["Resources"][name], reduce_generation(stack.template, CREATE_ONLY)["Resources"][name]
    assert now["Type"] == before["Type"]
    kept, wanted = dict(now["Properties"]), dict(before["Properties"])
    if name in TO_THE_ALIAS:
        assert kept.pop("TargetFunctionArn") == {"Ref": f"{wanted.pop('TargetFunctionArn')['Ref']}Aliaslive"}
    if now["Type"] == "AWS::Lambda::EventSourceMapping":
        assert kept.pop("FunctionName") == {"Ref": f"{wanted.pop('FunctionName')['Ref']}Aliaslive"}
    assert kept == wanted


@pytest.mark.parametrize("name", OLDER["Resources"])
def test_stateful_resource_is_deployed_and_retained_as_before(stack: Stack, name: str) -> None:
    before, now = OLDER["Resources"][name], stack.template["Resources"][name]
    if before.get("Condition") != now.get("Condition"):
        assert "Condition" not in before
        assert name in deployed_resources(stack)
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        kept, wanted = now.get(policy, "Delete"), before.get(policy, "Delete")
        assert kept in {wanted, "Retain", "RetainExceptOnCreate"}, "never weaker than before"


def test_outputs_keep_their_names_and_values(stack: Stack) -> None:
    now = reduce_generation(stack.template, CREATE_ONLY)["Outputs"]
    assert now.keys() == OLDER["Outputs"].keys() | ADDED_OUTPUTS
    for name in now.keys() - NESTED_SINCE - ADDED_OUTPUTS:
        assert stack.resolve(now[name]) == stack.resolve(OLDER["Outputs"][name])


def test_stream_is_added_to_its_table_in_place(stack: Stack) -> None:
    """CloudFormation replaces no table for a stream, so an update keeps what the table holds."""
    assert "StreamSpecification" not in CREATE_ONLY["AWS::DynamoDB::Table"]
    without = Stack.from_template()
    assert without.template["Resources"]["UpdateStateTable"]["Properties"].pop("StreamSpecification")
    assert find_replaced(without, stack, CREATE_ONLY) == set()


def test_changed_parameters_replace_nothing(stack: Stack) -> None:
    """All at once: a resource that one of them replaces is replaced here as well, and named."""
    others = {name: _other_value(name, spec) for name, spec in PARAMETERS.items() if name not in SEPARATE}
    after = Stack.from_template(**others)
    assert not {name for name in others if after.parameters[name] == stack.parameters[name]}
    assert find_replaced(stack, after, CREATE_ONLY) == set()


def test_architecture_replaces_the_layer(stack: Stack) -> None:
    replaced = find_replaced(stack, Stack.from_template(Architecture="x86_64"), CREATE_ONLY)
    assert replaced == set(stack.resources_of_type("AWS::Lambda::LayerVersion"))


def test_release_replaces_the_version_of_every_function(stack: Stack) -> None:
    after = Stack.from_template(Release="another")
    versions = stack.resources_of_type("AWS::Lambda::Version")
    assert {one["Properties"]["FunctionName"]["Ref"] for one in versions.values()} == set(stack.permissions.functions)
    assert find_replaced(stack, after, CREATE_ONLY) == set(versions)
    for function in stack.resources_of_type("AWS::Lambda::Function").values():
        assert function["Properties"]["Environment"]["Variables"]["RELEASE"] == {"Ref": "Release"}


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_changed_pair_of_parameters_replaces_nothing(before: dict[str, str], after: dict[str, str]) -> None:
    assert find_replaced(Stack.from_template(**before), Stack.from_template(**after), CREATE_ONLY) == set()


def test_another_domain_replaces_only_its_own_resources() -> None:
    zone = {**DOMAIN, "HostedZoneId": "Z0123456789ABC"}
    before, after = Stack.from_template(**zone), Stack.from_template(**zone | {"DomainName": "new.example.com"})
    assert find_replaced(before, after, CREATE_ONLY) == {"ApiDomain", "ApiDomainMapping"}


def test_replacement_of_a_table_is_found(stack: Stack) -> None:
    """The comparison sees what it is there to prevent, and what follows from it."""
    changed = Stack.from_template()
    changed.template["Resources"]["TasksQueue"]["Properties"]["QueueName"] = "tasks"
    changed.template["Resources"]["HoldingsTable"]["Properties"]["KeySchema"].reverse()
    del changed.template["Resources"]["SessionsTable"]
    found = find_replaced(stack, changed, CREATE_ONLY)
    assert found == {"TasksQueue", "TasksEventSource", "HoldingsTable", "SessionsTable"}


def test_no_metric_or_log_line_changes_its_service_name(stack: Stack) -> None:
    functions = stack.resources_of_type("AWS::Lambda::Function")
    names = {name: one["Properties"]["Environment"]["Variables"] for name, one in functions.items()}
    assert {name: one["POWERTOOLS_SERVICE_NAME"]["Fn::Sub"] for name, one in names.items()} == {
        "WebhookPlaidFunction": "${AWS::StackName}-webhook-plaid",
        "WebhookSnapTradeFunction": "${AWS::StackName}-webhook-snaptrade",
        "DeferredWebhooksFunction": "${AWS::StackName}-deferred-webhooks",
        "TasksFunction": "${AWS::StackName}-tasks",
        "ReconcileFunction": "${AWS::StackName}-reconcile",
        "ExchangeRatesFunction": "${AWS::StackName}-exchange-rates",
        "AnnounceFunction": "${AWS::StackName}-announce",
        "NotifyFunction": "${AWS::StackName}-notify",
        "LiveTicketFunction": "${AWS::StackName}-live-ticket",
        "LiveAuthorizerFunction": "${AWS::StackName}-live-authorizer",
        "PendingFunction": "${AWS::StackName}-pending",
        "HoldingsFunction": "${AWS::StackName}-holdings",
        "RefreshFunction": "${AWS::StackName}-refresh",
        "ConnectionsFunction": "${AWS::StackName}-connections",
    }
