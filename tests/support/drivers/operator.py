"""Run the operator's command in the test's process, on a stack in moto's account."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import boto3
from click.testing import CliRunner
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from tests.support.aws.account import TABLES, TASKS, table_name
from tidings_cli import deployment as deployments
from tidings_cli.deployment import Deployment, Resource
from tidings_cli.main import main

STACK = "tidings"
DEAD_TASKS = "dead-tasks"


def build_deployment(**changes: Any) -> Deployment:  # noqa: ANN401 - whatever a deployment has
    """Return the stack as CloudFormation describes it. Nothing listens at its default addresses."""
    queues = {"TasksQueue": os.environ["TASKS_QUEUE_URL"], "TasksDeadLetterQueue": _dead_letters_url()}
    resources = {
        **{name: Resource("AWS::DynamoDB::Table", table_name(name)) for name in TABLES},
        **{name: Resource("AWS::SQS::Queue", url) for name, url in queues.items()},
        "PlaidSecret": Resource("AWS::SecretsManager::Secret", os.environ["PLAID_SECRET_ID"]),
        "SnapTradeSecret": Resource("AWS::SecretsManager::Secret", os.environ["SNAPTRADE_SECRET_ID"]),
        "CredentialKey": Resource("AWS::KMS::Key", os.environ["CREDENTIAL_KEY_ID"]),
    }
    outputs = {
        "ApiUrl": "http://127.0.0.1:1",
        "PlaidWebhookUrl": "http://127.0.0.1:1/plaid",
        "SnapTradeWebhookUrl": "http://127.0.0.1:1/snaptrade",
        "SessionsTableName": table_name("SessionsTable"),
        "CredentialKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
    }
    parameters = {
        "AllowedOrigins": os.environ["ALLOWED_ORIGINS"],
        "PlaidEnvironment": "sandbox",
        "SnapTradeKeyType": "commercial",
        "SnapTradeWebhookAuth": "required",
        "AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:operators",
    }
    stack = Deployment(STACK, "us-east-1", "UPDATE_COMPLETE", resources, parameters, outputs)
    return replace(stack, **changes)


def _dead_letters_url() -> str:
    return os.environ["TASKS_QUEUE_URL"].removesuffix(TASKS) + DEAD_TASKS


def notify_queues() -> dict[str, str]:
    """Return the queues that NotifyUrl adds, by logical id."""
    return {
        "NotifyQueue": os.environ["NOTIFY_QUEUE_URL"],
        "NotifyDeadLetterQueue": os.environ["NOTIFY_DEAD_LETTER_QUEUE_URL"],
    }


def configure_account() -> None:
    """Set what the template sets and the product never reads: TTL, recovery and the redrive policy."""
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    for name in map(table_name, TABLES):
        lifetime = {"Enabled": True, "AttributeName": "expires_at"}
        recovery = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=lifetime)  # type: ignore[arg-type]
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)  # type: ignore[arg-type]
    url = sqs.create_queue(QueueName=DEAD_TASKS)["QueueUrl"]
    _set_dead_letter_queue(sqs, os.environ["TASKS_QUEUE_URL"], url)
    _set_dead_letter_queue(sqs, *notify_queues().values())


def _set_dead_letter_queue(sqs: Any, url: str, dead_url: str) -> None:  # noqa: ANN401 - boto3's client
    arn = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})


def empty_queues() -> None:
    """Empty all queues inside moto, because SQS purges a queue only once a minute."""
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].queues.values():
        queue._messages, queue._pending_messages = [], set()


def drain_queue(url: str) -> list[str]:
    """Return and delete all messages in a queue."""
    sqs, found = boto3.client("sqs"), []
    while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message["Body"])
    return found


@dataclass
class CommandOutput:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.out)


@dataclass
class Operator:
    """`deployment` is what the command finds behind `--stack tidings`."""

    deployment: Deployment
    runner: CliRunner = field(default_factory=CliRunner)

    def run(self, *arguments: str, answer: str | None = None) -> CommandOutput:
        """Run one command. Raises the exception that escapes the command, if any."""
        with self._on_aws():
            result = self.runner.invoke(main, ["--stack", STACK, *arguments], input=answer)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return CommandOutput(result.exit_code, result.stdout, result.stderr)

    @contextmanager
    def _on_aws(self) -> Iterator[None]:
        with mock.patch.dict(os.environ), mock.patch.object(deployments, "load_stack", return_value=self.deployment):
            os.environ.pop("METRICS_STACK")  # only a function's environment has it
            yield
