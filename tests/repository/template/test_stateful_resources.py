"""An update keeps what is stateful or addressed: tables, key, queues, secrets, log groups, API, functions, outputs.

The fixture was recorded from the template of commit 00e774b, before alarms and dashboard moved to a nested stack.
"""

import json

import pytest

from tests.repository.template.stateful_resources import reduce_to_stateful
from tests.support.aws.stack import ROOT, Stack

RECORDED = json.loads((ROOT / "tests" / "repository" / "template" / "stateful_resources.json").read_text("utf-8"))
NOW = reduce_to_stateful(Stack.from_template().template)
ADDED_SINCE = {
    "WebhookKeysTable",
    "HistoryTable",
    *("ExchangeRatesTable", "ExchangeRatesFunction", "ExchangeRatesFunctionRole", "ExchangeRatesFunctionRun"),
    "ExchangeRatesLogs",
}
NESTED_SINCE = {"DashboardUrl"}
"""Outputs whose value names a resource of the nested stack."""


def test_no_stateful_resource_is_lost_and_only_known_ones_are_added() -> None:
    assert NOW["Resources"].keys() == RECORDED["Resources"].keys() | ADDED_SINCE


@pytest.mark.parametrize("name", RECORDED["Resources"])
def test_stateful_resource_keeps_its_identity(name: str) -> None:
    assert NOW["Resources"][name] == RECORDED["Resources"][name]


def test_outputs_keep_their_names_and_values() -> None:
    assert NOW["Outputs"].keys() == RECORDED["Outputs"].keys()
    changed = {name for name, value in NOW["Outputs"].items() if value != RECORDED["Outputs"][name]}
    assert changed == NESTED_SINCE


def test_no_metric_or_log_line_changes_its_service_name() -> None:
    functions = Stack.from_template().resources_of_type("AWS::Lambda::Function")
    names = {name: one["Properties"]["Environment"]["Variables"] for name, one in functions.items()}
    assert {name: one["POWERTOOLS_SERVICE_NAME"]["Fn::Sub"] for name, one in names.items()} == {
        "WebhookPlaidFunction": "${AWS::StackName}-webhook-plaid",
        "WebhookSnapTradeFunction": "${AWS::StackName}-webhook-snaptrade",
        "DeferredWebhooksFunction": "${AWS::StackName}-deferred-webhooks",
        "TasksFunction": "${AWS::StackName}-tasks",
        "ReconcileFunction": "${AWS::StackName}-reconcile",
        "ExchangeRatesFunction": "${AWS::StackName}-exchange-rates",
        "PendingFunction": "${AWS::StackName}-pending",
        "HoldingsFunction": "${AWS::StackName}-holdings",
        "RefreshFunction": "${AWS::StackName}-refresh",
        "ConnectionsFunction": "${AWS::StackName}-connections",
    }
