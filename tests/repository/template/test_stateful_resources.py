"""An update keeps what is stateful or addressed: tables, key, queues, secrets, log groups, API, functions, outputs.

The fixture was recorded from the template of commit 00e774b, before alarms and dashboard moved to a nested stack.
"""

import json

import pytest

from tests.repository.template.stateful_resources import reduce_to_stateful
from tests.support.aws.stack import ROOT, Stack

RECORDED = json.loads((ROOT / "tests" / "repository" / "template" / "stateful_resources.json").read_text("utf-8"))
NOW = reduce_to_stateful(Stack.from_template().template)
ADDED_SINCE = {"WebhookKeysTable"}
NESTED_SINCE = {"DashboardUrl"}
"""Outputs whose value names a resource of the nested stack."""

CONDITION_SINCE = {"WebhookPlaidFunctionUrl": "HasFunctionUrls", "WebhookSnapTradeFunctionUrl": "HasFunctionUrls"}
"""Resources that some regions cannot have. Where a stack could be created before, the condition holds."""

KEPT_ON = {
    "DeletionPolicy": {"Retain": {"RetainExceptOnCreate"}, "Delete": {"Delete"}},
    "UpdateReplacePolicy": {"Retain": {"Retain"}, "Delete": {"Delete", "Retain"}},
}
"""By policy and its recorded value, the values that keep as much of a stack that exists."""


def test_no_stateful_resource_is_lost_and_only_known_ones_are_added() -> None:
    assert NOW["Resources"].keys() == RECORDED["Resources"].keys() | ADDED_SINCE


@pytest.mark.parametrize("name", RECORDED["Resources"])
def test_stateful_resource_keeps_its_identity(name: str) -> None:
    recorded, now = RECORDED["Resources"][name], NOW["Resources"][name]
    assert (now["Type"], now["Properties"]) == (recorded["Type"], recorded["Properties"])
    assert now.get("Condition") == CONDITION_SINCE.get(name, recorded.get("Condition"))
    for policy, kept in KEPT_ON.items():
        assert now.get(policy, "Delete") in kept[recorded.get(policy, "Delete")]


def test_outputs_keep_their_names_and_values() -> None:
    assert NOW["Outputs"].keys() == RECORDED["Outputs"].keys()
    stack = Stack.from_template()
    for name in NOW["Outputs"].keys() - NESTED_SINCE:
        assert stack.resolve(NOW["Outputs"][name]) == stack.resolve(RECORDED["Outputs"][name])


def test_no_metric_or_log_line_changes_its_service_name() -> None:
    functions = Stack.from_template().resources_of_type("AWS::Lambda::Function")
    names = {name: one["Properties"]["Environment"]["Variables"] for name, one in functions.items()}
    assert {name: one["POWERTOOLS_SERVICE_NAME"]["Fn::Sub"] for name, one in names.items()} == {
        "WebhookPlaidFunction": "${AWS::StackName}-webhook-plaid",
        "WebhookSnapTradeFunction": "${AWS::StackName}-webhook-snaptrade",
        "DeferredWebhooksFunction": "${AWS::StackName}-deferred-webhooks",
        "TasksFunction": "${AWS::StackName}-tasks",
        "ReconcileFunction": "${AWS::StackName}-reconcile",
        "PendingFunction": "${AWS::StackName}-pending",
        "HoldingsFunction": "${AWS::StackName}-holdings",
        "RefreshFunction": "${AWS::StackName}-refresh",
        "ConnectionsFunction": "${AWS::StackName}-connections",
    }
