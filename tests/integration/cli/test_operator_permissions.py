"""docs/operations.md lists exactly the AWS permissions that each command uses."""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.aws.aws_calls import intercept_calls, stub_response
from tests.support.aws.operator_needs import Needs, read_documented_needs
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.operator import Operator, notify_queues
from tests.support.drivers.public_endpoints import ObservedDeployment
from tidings.aws import secrets
from tidings_cli import disconnect, rotation, stack_deletion
from tidings_cli.deployment import Deployment, Resource

_EVERY_TABLE = "every table"
PROVIDERS: tuple[ProviderName, ...] = ("plaid", "snaptrade")


class NeedsRecorder:
    """Records the permission that each AWS call needs."""

    def __init__(self, deployment: Deployment) -> None:
        self.needs: Needs = defaultdict(set)
        self._names = {one.physical_id: name for name, one in deployment.resources.items()}

    def __call__(self, model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        service, body = model.service_model.service_name, params.get("body")
        sent = json.loads(body) if isinstance(body, bytes) and body.startswith(b"{") else {}
        if model.name == "TransactWriteItems":
            for part in sent["TransactItems"]:
                [(operation, asked)] = part.items()
                action = operation if operation.endswith("Item") else f"{operation}Item"
                self._note({"ConditionCheck": "ConditionCheckItem"}.get(operation, action), asked["TableName"])
        elif "RequestItems" in sent:
            self._note(model.name, next(iter(sent["RequestItems"])))
        elif on := sent.get("TableName") or sent.get("QueueUrl") or sent.get("SecretId") or sent.get("KeyId"):
            index = f" index {sent['IndexName']}" if "IndexName" in sent else ""
            self._note(model.name, on, index)
        else:
            self.needs["the stack"].add(f"{service}:{model.name}")

    def _note(self, action: str, on: str, index: str = "") -> None:
        name = self._names[on]
        if name.endswith("Queue"):
            name = "every dead-letter queue" if name.endswith("DeadLetterQueue") else "every queue"
        self.needs[name + index].add(action.removesuffix("Batch"))  # SQS has one permission for both

    def sum_needs(self, tables: set[str]) -> Needs:
        """Merge the actions common to all tables into one entry."""
        needs = {on: set(actions) for on, actions in self.needs.items()}
        common = set.intersection(*(needs.get(one, set()) for one in tables))
        for one in tables & needs.keys():
            needs[one] -= common
        needs[_EVERY_TABLE] = common
        return {on: actions for on, actions in needs.items() if actions}


@pytest.fixture
def aws_operator(operator: Operator, healthy_world: ObservedDeployment) -> Operator:
    """An operator of a deployment with functions, alarms and public addresses, as on AWS."""
    stack = operator.deployment
    more = {
        "RefreshFunction": Resource("AWS::Lambda::Function", "refresh"),
        "TasksEventSource": Resource("AWS::Lambda::EventSourceMapping", "uuid"),
        **{name: Resource("AWS::SQS::Queue", url) for name, url in notify_queues().items()},
        "NotifySecret": Resource("AWS::SecretsManager::Secret", os.environ["NOTIFY_SECRET_ID"]),
        "ReconcileFunctionRun": Resource("AWS::Events::Rule", "rule"),
        "ApiFailingAlarm": Resource("AWS::CloudWatch::Alarm", "alarm"),
        "WebhookPlaidLogs": Resource("AWS::Logs::LogGroup", "logs"),
    }
    addresses = {
        "PlaidWebhookUrl": f"{healthy_world.url}/plaid",
        "SnapTradeWebhookUrl": f"{healthy_world.url}/snaptrade",
    }
    outputs = {**stack.outputs, "ApiUrl": healthy_world.url, **addresses}
    operator.deployment = Deployment(
        stack.name,
        stack.region,
        stack.status,
        {**stack.resources, **more},
        {**stack.parameters, "DeletionProtection": "off", "NotifyUrl": os.environ["NOTIFY_URL"]},
        outputs,
    )
    return operator


_SERVICES = (
    "dynamodb",
    "kms",
    "secretsmanager",
    "sqs",
    "sts",
    "lambda",
    "events",
    "cloudwatch",
    "cloudformation",
    "logs",
)
_QUOTA = {"AccountLimit": {"ConcurrentExecutions": 1000}}
_LOGGED = {
    "timestamp": 4_102_444_800_000,
    "message": '{"message": "webhook", "type": "platform.report", "record": {"metrics": {"initDurationMs": 1}}}',
}
_CHANGES = ("UpdateStack", "DeleteStack", "UpdateTerminationProtection", "SetStackPolicy")


def _describe_at_rest(found: NeedsRecorder) -> Any:  # noqa: ANN401 - a botocore handler
    """Return a hook that describes a stack whose update or deletion is complete at once."""

    def hook(model: Any, **options: object) -> Any:  # noqa: ANN401
        status = "UPDATE_COMPLETE" if "cloudformation:UpdateStack" in found.needs["the stack"] else "DELETE_COMPLETE"
        described = {"Stacks": [{"StackId": "arn:1", "StackStatus": status}]}
        return stub_response("DescribeStacks", described)(model, **options)

    return hook


@pytest.fixture
def recorded_needs(aws_operator: Operator) -> Iterator[NeedsRecorder]:
    found = NeedsRecorder(aws_operator.deployment)
    secrets.clear_cache()
    with ExitStack() as hooks:
        for service in _SERVICES:
            hooks.enter_context(intercept_calls(found, service))
        hooks.enter_context(intercept_calls(stub_response("GetAccountSettings", _QUOTA), "lambda"))
        hooks.enter_context(intercept_calls(stub_response("GetFunctionConfiguration", {"State": "Active"}), "lambda"))
        hooks.enter_context(intercept_calls(stub_response("GetAlias", {"FunctionVersion": "1"}), "lambda"))
        hooks.enter_context(intercept_calls(stub_response("GetEventSourceMapping", {"State": "Enabled"}), "lambda"))
        hooks.enter_context(intercept_calls(stub_response("DescribeRule", {"State": "ENABLED"}), "events"))
        hooks.enter_context(intercept_calls(stub_response("DescribeAlarms", {"MetricAlarms": []}), "cloudwatch"))
        hooks.enter_context(intercept_calls(_describe_at_rest(found), "cloudformation"))
        for change in _CHANGES:
            hooks.enter_context(intercept_calls(stub_response(change, {}), "cloudformation"))
        hooks.enter_context(intercept_calls(stub_response("FilterLogEvents", {"events": [_LOGGED]}), "logs"))
        yield found


@pytest.fixture
def linked(app: App, tables: Tables) -> str:
    """The id of Alice's Plaid item; Alice and Bob have items of both providers."""
    alice = app.link_and_refresh(app.sign_in(), "plaid")
    app.link_and_refresh(app.sign_in(), "snaptrade")
    for provider in PROVIDERS:
        app.link_and_refresh(app.sign_in("bob"), provider)
    for row in tables.rows("UpdateStateTable"):  # as after a restore, so that there is something to replay
        key = {name: {"S": row[name]} for name in ("user_id", "entry")}
        tables.dynamodb.update_item(TableName="update-state", Key=key, UpdateExpression="REMOVE last_update_at")
    legacy = {"event": "snaptrade#legacy", "kind": "K", "outcome": "marked"}
    row = {name: {"S": value} for name, value in legacy.items()} | {"received_at": {"N": "1"}}
    tables.dynamodb.put_item(TableName="webhook-events", Item=row)
    return alice.item_id


def list_runs(linked: str, lines: str) -> dict[str, list[list[str]]]:
    """List the runs of every command, in an order in which each has work to do."""
    return {
        "items import": [["items", "import", lines], ["items", "import", lines]],
        "items list": [["items", "list"], ["items", "list", "--user", "alice"]],
        "items show": [["items", "show", linked]],
        "items move-webhooks": [["items", "move-webhooks", "https://hooks.example.com", "--per-minute", "600"]],
        "sessions create": [["sessions", "create", "--user-id", "alice"]],
        "sessions list": [["sessions", "list"]],
        "sessions revoke": [["sessions", "revoke", "x"], ["sessions", "revoke", "--user", "carol"]],
        "users show": [["users", "show", "alice"]],
        "notify test": [["notify", "test"]],
        "notify replay": [["notify", "replay", "--user", "alice"], ["notify", "replay"]],
        "protect": [["protect"]],
        "status": [["status"]],
        "doctor": [["doctor"]],
        "smoke": [["smoke"]],
        "events tail": [["events", "tail", "--limit", "1"]],
        "events end-untimed": [["events", "end-untimed"]],
        "events list": [["events", "list"], ["events", "list", "--user", "alice"]],
        "events show": [["events", "show", "none"]],
        "events redrive": [["events", "redrive"]],
        "events replay": [["events", "replay", "--since", "1d"]],
        "users rotate-secret": [["users", "rotate-secret", "alice"]],
        "users delete": [["users", "delete", "alice"]],
        "teardown": [["teardown", "--yes", "--delete-stack", "--force"]],
    }


def test_commands_need_documented_permissions(
    app: App,
    linked: str,
    tmp_path: Path,
    aws_operator: Operator,
    recorded_needs: NeedsRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, pause in ((rotation, "_PAUSE_S"), (disconnect, "_DELETION_TIMEOUT_S"), (stack_deletion, "_POLL_S")):
        monkeypatch.setattr(module, pause, 0)
    app.providers.snaptrade("faults", path="/snapTrade/resetUserSecret", kind="close", performed=True, times=1)
    for queue in ("TasksDeadLetterQueue", "NotifyDeadLetterQueue"):
        boto3.client("sqs").send_message(QueueUrl=aws_operator.deployment.physical(queue), MessageBody="{}")
    lines = tmp_path / "items.jsonl"
    item = {"user_id": "carol", "provider": "plaid", "item_id": "imported", "credential": "token"}
    lines.write_text(json.dumps(item))
    tables = set(aws_operator.deployment.of_kind("AWS::DynamoDB::Table"))
    for name in aws_operator.deployment.of_kind("AWS::DynamoDB::Table").values():
        boto3.client("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=True)
    needed = {}
    for command, several in list_runs(linked, str(lines)).items():
        recorded_needs.needs.clear()
        for arguments in several:
            secrets.clear_cache()
            aws_operator.run(*arguments)
        needed[command] = recorded_needs.sum_needs(tables)
    # By the functions that the probes were sent to:
    needed["doctor"]["WebhookEventsTable"].discard("PutItem")
    del needed["smoke"]["WebhookEventsTable"], needed["smoke"]["UpdateStateTable"]
    needed["smoke"]["ProviderItemsTable"] -= {"GetItem", "UpdateItem"}
    needed["smoke"]["SessionsTable"].discard("GetItem")
    assert needed == read_documented_needs()
