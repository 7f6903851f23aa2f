"""The table below is the security model: each function may do exactly this, and the template must say so."""

import pytest

from tests.support.aws.iam import Call, Permission
from tests.support.aws.stack import Stack

pytestmark = pytest.mark.invariant(id="I9")

GRANTED = {
    "WebhookPlaidFunction": {
        "ProviderItemsTable": "GetItem UpdateItem",
        "UpdateStateTable": "UpdateItem",
        "LinkSessionsTable": "GetItem",
        "WebhookEventsTable": "GetItem PutItem",
        "WebhookKeysTable": "GetItem PutItem",
        "TasksQueue": "SendMessage",
        "ReconcileQueue": "SendMessage",
        "DeferredWebhooksQueue": "SendMessage",
        "PlaidSecret": "GetSecretValue",
    },
    "WebhookSnapTradeFunction": {
        "ProviderItemsTable": "GetItem UpdateItem ConditionCheckItem DeleteItem",
        "UpdateStateTable": "Query UpdateItem DeleteItem ConditionCheckItem",
        "HoldingsTable": "Query DeleteItem BatchWriteItem",
        "HistoryTable": "Query PutItem BatchWriteItem",
        "WebhookEventsTable": "GetItem PutItem",
        "ReconcileQueue": "SendMessage",
        "DeferredWebhooksQueue": "SendMessage",
        "SnapTradeSecret": "GetSecretValue",
    },
    "DeferredWebhooksFunction": {
        "DeferredWebhooksQueue": "ReceiveMessage DeleteMessage GetQueueAttributes",
        "ProviderItemsTable": "GetItem UpdateItem ConditionCheckItem DeleteItem",
        "UpdateStateTable": "Query UpdateItem DeleteItem ConditionCheckItem",
        "HoldingsTable": "Query DeleteItem BatchWriteItem",
        "HistoryTable": "Query PutItem BatchWriteItem",
        "WebhookEventsTable": "GetItem PutItem",
        "ReconcileQueue": "SendMessage",
        "TasksQueue": "SendMessage",
    },
    "TasksFunction": {
        "TasksQueue": "ReceiveMessage DeleteMessage GetQueueAttributes",
        "LinkSessionsTable": "GetItem PutItem DeleteItem",
        "ProviderItemsTable": "GetItem UpdateItem",
        "UpdateStateTable": "Query UpdateItem ConditionCheckItem",
        "HoldingsTable": "Query PutItem DeleteItem BatchWriteItem",
        "HistoryTable": "Query PutItem BatchWriteItem",
        "PlaidSecret": "GetSecretValue",
        "CredentialKey": "Encrypt",
    },
    "ReconcileFunction": {
        "ReconcileQueue": "SendMessage ReceiveMessage DeleteMessage GetQueueAttributes",
        "ProviderItemsTable": "Scan BatchGetItem ConditionCheckItem UpdateItem",
        "UpdateStateTable": "Query UpdateItem DeleteItem ConditionCheckItem",
        "LinkSessionsTable": "Scan PutItem",
        "HoldingsTable": "BatchGetItem Query DeleteItem BatchWriteItem",
        "HistoryTable": "Query PutItem BatchWriteItem",
        "ProviderBudgetsTable": "UpdateItem",
        "PlaidSecret": "GetSecretValue",
        "SnapTradeSecret": "GetSecretValue",
        "CredentialKey": "Decrypt",
    },
    "AnnounceFunction": {
        "UpdateStateTable/stream": "DescribeStream GetShardIterator GetRecords ListStreams",
        "NotifyQueue": "SendMessage",
        "LiveNamespace": "EventPublish",
        "LiveChannelSecret": "GetSecretValue",
    },
    "NotifyFunction": {
        "NotifyQueue": "ReceiveMessage DeleteMessage GetQueueAttributes ChangeMessageVisibility",
        "NotifyDeadLetterQueue": "SendMessage",
        "ProviderBudgetsTable": "GetItem UpdateItem",
        "NotifySecret": "GetSecretValue",
    },
    "LiveTicketFunction": {
        "SessionsTable": "GetItem",
        "ProviderBudgetsTable": "UpdateItem",
        "LiveTicketSecret": "GetSecretValue",
        "LiveChannelSecret": "GetSecretValue",
    },
    "LiveAuthorizerFunction": {"LiveTicketSecret": "GetSecretValue"},
    "ExchangeRatesFunction": {"ExchangeRatesTable": "Query PutItem"},
    "PendingFunction": {
        "SessionsTable": "GetItem",
        "UpdateStateTable": "Query",
    },
    "HoldingsFunction": {
        "SessionsTable": "GetItem",
        "UpdateStateTable": "Query UpdateItem ConditionCheckItem",
        "HoldingsTable": "Query",
        "HistoryTable": "Query",
        "ExchangeRatesTable": "Query",
        "ProviderItemsTable": "GetItem UpdateItem",
    },
    "RefreshFunction": {
        "SessionsTable": "GetItem",
        "UpdateStateTable": "Query GetItem UpdateItem DeleteItem ConditionCheckItem",
        "HoldingsTable": "Query PutItem DeleteItem BatchWriteItem",
        "HistoryTable": "Query PutItem BatchWriteItem",
        "ExchangeRatesTable": "Query",
        "ProviderItemsTable": "BatchGetItem ConditionCheckItem",
        "ReconcileQueue": "SendMessage",
        "ProviderBudgetsTable": "UpdateItem",
        "PlaidSecret": "GetSecretValue",
        "SnapTradeSecret": "GetSecretValue",
        "CredentialKey": "Decrypt",
    },
    "ConnectionsFunction": {
        "SessionsTable": "GetItem",
        "UpdateStateTable": "Query UpdateItem DeleteItem ConditionCheckItem",
        "HoldingsTable": "Query DeleteItem BatchWriteItem",
        "HistoryTable": "Query PutItem BatchWriteItem",
        "ProviderItemsTable": "GetItem BatchGetItem UpdateItem DeleteItem ConditionCheckItem",
        "LinkSessionsTable": "GetItem PutItem DeleteItem",
        "ProviderBudgetsTable": "GetItem UpdateItem",
        "PlaidSecret": "GetSecretValue",
        "SnapTradeSecret": "GetSecretValue",
        "CredentialKey": "Encrypt Decrypt",
    },
}
GRANTED_FOR_PAID_PULLS = {
    "RefreshFunction": {"TasksQueue": "SendMessage"},
    "TasksFunction": {
        "ProviderItemsTable": "BatchGetItem",
        "ProviderBudgetsTable": "UpdateItem",
        "SnapTradeSecret": "GetSecretValue",
        "CredentialKey": "Decrypt",
    },
}
"""Only where `PaidRefresh` is on."""
AWS_MANAGED = {"service-role/AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}


@pytest.mark.threat(id="function-takeover")
def test_functions_have_exactly_the_expected_permissions(stack: Stack) -> None:
    expected = {
        function: {resource: set(actions.split()) for resource, actions in table.items()}
        for function, table in GRANTED.items()
    }
    assert {name: stack.permissions.granted(name) for name in stack.permissions.functions} == expected


def test_paid_refreshes_add_exactly_these_permissions() -> None:
    off, on = Stack.from_template().permissions.all, Stack.from_template(PaidRefresh="on").permissions.all
    added: dict[str, dict[str, str]] = {}
    for one in sorted(set(map(_named, on)) - set(map(_named, off))):
        added.setdefault(one[0], {})[one[2]] = one[1].partition(":")[2]
    assert added == GRANTED_FOR_PAID_PULLS
    assert set(map(_named, off)) - set(map(_named, on)) == set()


def _named(permission: Permission) -> tuple[str, str, str]:
    return permission.function, permission.action, permission.resource


@pytest.mark.threat(id="unwanted-cost")
def test_only_refresh_and_tasks_functions_receive_paid_refresh_setting(stack: Stack) -> None:
    """Both values reach the functions verbatim, and no other function can start a paid refresh."""
    for word in ("off", "on"):
        functions = Stack.from_template(PaidRefresh=word)
        told = {
            name: functions.resolve(function["Properties"]["Environment"]["Variables"]).get("PAID_REFRESH")
            for name, function in functions.resources_of_type("AWS::Lambda::Function").items()
        }
        assert {name for name, value in told.items() if value} == {"RefreshFunction", "TasksFunction"}
        assert {value for value in told.values() if value} == {word}


def test_permissions_have_no_wildcards(stack: Stack) -> None:
    permissions = stack.permissions.all
    assert [one for one in permissions if "*" in one.action + one.resource] == []


def test_every_policy_statement_has_a_unique_sid(stack: Stack) -> None:
    for function in stack.permissions.functions:
        (policy,) = stack.permissions.role(function)["Policies"]
        sids = [statement["Sid"] for statement in policy["PolicyDocument"]["Statement"]]
        assert len(set(sids)) == len(sids)


def test_managed_policies_grant_only_logging_and_tracing(stack: Stack) -> None:
    for function in stack.permissions.functions:
        arns = stack.permissions.role(function)["ManagedPolicyArns"]
        assert {arn.partition(":policy/")[2] for arn in arns} == AWS_MANAGED


KEY_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")


@pytest.mark.threat(id="function-takeover")
def test_only_plaid_webhook_function_may_write_verification_keys(stack: Stack) -> None:
    for paid in ("off", "on"):
        permissions = Stack.from_template(PaidRefresh=paid).permissions
        can_write = {
            function
            for function in permissions.functions
            for action in KEY_WRITES
            if permissions.allows(Call(function, f"dynamodb:{action}", "WebhookKeysTable", frozenset({"key", "x"})))
        }
        assert can_write == {"WebhookPlaidFunction"}
        reading = {one.function for one in permissions.all if one.resource == "WebhookKeysTable"}
        assert reading == {"WebhookPlaidFunction"}, "no other function even reads them"


def test_plaid_webhook_function_reads_and_stores_keys_but_deletes_none(stack: Stack) -> None:
    for action, allowed in (("GetItem", True), ("PutItem", True), ("DeleteItem", False), ("Scan", False)):
        call = Call("WebhookPlaidFunction", f"dynamodb:{action}", "WebhookKeysTable", frozenset({"key"}))
        assert stack.permissions.allows(call) == allowed, action


@pytest.mark.threat(id="host-role-misuse")
def test_host_app_may_only_put_and_delete_sessions(stack: Stack) -> None:
    policy = stack.resolve(stack.template["Resources"]["SessionsHostAppPolicy"]["Properties"]["PolicyDocument"])
    (statement,) = policy["Statement"]
    assert statement["Action"] == ["dynamodb:PutItem", "dynamodb:DeleteItem"]
    assert statement["Resource"] == "SessionsTable.Arn"
