"""`tidings doctor`: a healthy deployment, and each AWS resource with a fault."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from tests.support.aws.account import table_name
from tests.support.aws.aws_calls import aws_error, intercept_calls, refuse_connection, stub_response
from tests.support.aws.deployment_secrets import CONFIGURED
from tests.support.drivers.app import App
from tests.support.drivers.doctor_findings import (
    findings_of_check,
    only_problem,
    with_outputs,
    with_parameters,
    with_resource,
)
from tests.support.drivers.operator import Operator, empty_queues
from tests.support.fakes.product_modules import replace_in_product
from tidings_cli.deployment import Deployment
from tidings_cli.main import main


def test_doctor_of_linked_deployment_reports_only_plaid_webhooks(
    operator: Operator, stack: Deployment, app: App
) -> None:
    app.link_and_refresh(app.sign_in(), "snaptrade")
    app.link(app.sign_in("bob"), "plaid")
    moved = with_outputs(stack, PlaidWebhookUrl=f"{app.providers.catcher.url}/plaid")
    operator.deployment = moved
    said = operator.run("doctor", "--json")
    troubles = [one for one in said.json["findings"] if one["level"] != "ok"]
    # Plaid's webhook address is a catcher, which accepts everything and delivers nothing.
    assert [(one["check"], one["says"].partition(":")[0]) for one in troubles] == [
        ("webhooks", "plaid"),
        ("silence", "plaid"),
    ]
    operator.deployment = stack
    app.providers.reset()
    people = operator.run("doctor")
    assert people.code == 1
    assert people.out.splitlines()[-1].endswith("1 problem.")
    assert "tidings items move-webhooks" in people.out


def test_doctor_of_empty_deployment_passes(operator: Operator, stack: Deployment) -> None:
    said = operator.run("doctor")
    assert said.code == 0, said.out
    assert said.out.splitlines()[-1] == "21 ok, 0 warnings, 0 problems."
    secrets = [value for values in CONFIGURED.values() for name, value in values.items() if name != "client_id"]
    assert not [one for one in secrets if one in said.out]


def test_doctor_without_deployment_reports_one_problem() -> None:
    result = CliRunner().invoke(main, ["--local", "--port", "1", "doctor"])
    assert result.exit_code == 1
    assert result.output.startswith("problem  deployment   No local cloud responds on port 1")
    assert CliRunner().invoke(main, ["doctor"]).exit_code == 2


@pytest.mark.parametrize(
    ("status", "level"),
    [
        ("UPDATE_IN_PROGRESS", "warning"),
        ("UPDATE_ROLLBACK_COMPLETE", "warning"),
        ("ROLLBACK_COMPLETE", "problem"),
        ("DELETE_FAILED", "problem"),
    ],
)
def test_doctor_rates_stack_status(stack: Deployment, status: str, level: str) -> None:
    assert only_problem(replace(stack, status=status), "stack").level == level


def test_failed_nested_stack_is_a_problem(stack: Deployment) -> None:
    failed = only_problem(replace(stack, nested={"Observability": "UPDATE_FAILED"}), "stack")
    assert (failed.level, failed.says) == ("problem", "Observability (nested) is UPDATE_FAILED")
    fine = replace(stack, nested={"Observability": "UPDATE_COMPLETE"})
    assert [one.level for one in findings_of_check(fine, "stack")] == ["ok", "ok"]


def test_missing_stack_output_is_reported(stack: Deployment) -> None:
    assert "no output SnapTradeWebhookUrl" in only_problem(with_outputs(stack, SnapTradeWebhookUrl=""), "stack").says


def test_stack_of_older_template_is_reported(
    operator: Operator, stack: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLAID_ENVIRONMENT")
    monkeypatch.delenv("PLAID_BASE_URL")
    parameters = {name: value for name, value in stack.parameters.items() if name != "PlaidEnvironment"}
    operator.deployment = replace(stack, outputs={}, parameters=parameters)
    said = operator.run("doctor", "--json")
    problems = [one["says"] for one in said.json["findings"] if one["level"] == "problem"]
    assert problems[0].startswith("it has no output ApiUrl, PlaidWebhookUrl")
    assert [one for one in problems if "it has no PLAID_ENVIRONMENT. Deploy this version." in one]


def test_rejected_aws_credentials_are_a_problem(stack: Deployment) -> None:
    with intercept_calls(stub_response("GetCallerIdentity", aws_error("ExpiredToken")), "sts"):
        one = only_problem(stack, "credentials")
    assert one.level == "problem"
    assert "does not accept these credentials (ExpiredToken). Sign in" in one.says


def test_check_without_permission_is_a_warning(stack: Deployment) -> None:
    with intercept_calls(stub_response("DescribeKey", aws_error("AccessDeniedException")), "kms"):
        one = only_problem(stack, "kms")
    assert one.level == "warning"
    assert "could not be checked: AWS denied access" in one.says


@pytest.mark.parametrize(("skew_s", "level"), [(60, "warning"), (-600, "problem")])
def test_wrong_clock_is_reported(stack: Deployment, monkeypatch: pytest.MonkeyPatch, skew_s: int, level: str) -> None:
    genuine = time.time
    replace_in_product(monkeypatch, time, time=lambda: genuine() + skew_s)
    one = only_problem(stack, "clock")
    assert one.level == level
    assert ("ahead of" if skew_s > 0 else "behind") in one.says


def test_inactive_function_is_reported(stack: Deployment) -> None:
    broken = with_resource(stack, "RefreshFunction", "AWS::Lambda::Function", "refresh-1")
    answer = {"State": "Inactive", "LastUpdateStatus": "Failed", "StateReason": "the image is gone"}
    with intercept_calls(stub_response("GetFunctionConfiguration", answer), "lambda"):
        one = only_problem(broken, "functions")
    assert one.says == "RefreshFunction is Inactive, its last update Failed"
    assert one.do == "the image is gone"


@pytest.fixture(autouse=True)
def quota(operator: Operator) -> Iterator[dict[str, int]]:
    """The account's concurrency quota, which moto does not have."""
    limit = {"ConcurrentExecutions": 1000}
    with intercept_calls(stub_response("GetAccountSettings", {"AccountLimit": limit}), "lambda"):
        yield limit


def test_low_concurrency_quota_is_a_warning(stack: Deployment, quota: dict[str, int]) -> None:
    quota["ConcurrentExecutions"] = 10
    one = only_problem(stack, "functions")
    assert one.level == "warning"
    assert one.says.startswith("this account runs 10 functions concurrently")


def test_disabled_schedule_is_reported(stack: Deployment) -> None:
    off = with_resource(stack, "ReconcileFunctionRun", "AWS::Events::Rule", "rule-1")
    with intercept_calls(stub_response("DescribeRule", {"State": "DISABLED"}), "events"):
        assert only_problem(off, "functions").do == "aws events enable-rule --name rule-1"


def test_disabled_event_source_is_reported(stack: Deployment) -> None:
    off = with_resource(stack, "TasksEventSource", "AWS::Lambda::EventSourceMapping", "uuid-1")
    with intercept_calls(stub_response("GetEventSourceMapping", {"State": "Disabled"}), "lambda"):
        assert "TasksEventSource is Disabled" in only_problem(off, "functions").says


LIVE = {
    "CodeSha256": "c1",
    "Layers": [{"Arn": "layer:1"}],
    "Environment": {"Variables": {"RELEASE": "a"}},
    "Timeout": 10,
}


def _findings_of_release(
    stack: Deployment, latest: dict[str, Any], alias: dict[str, Any] | None = None
) -> list[tuple[str, str]]:
    """Run the check on one function, whose alias serves LIVE while `latest` is what was deployed last."""
    deployed = with_resource(stack, "RefreshFunction", "AWS::Lambda::Function", "refresh-1")
    found = {"FunctionVersion": "3"} if alias is None else alias

    def configuration(model: Any, params: dict[str, Any], **_: object) -> object:  # noqa: ANN401 - botocore's own
        answer = LIVE if params["query_string"].get("Qualifier") == "live" else latest
        return stub_response("GetFunctionConfiguration", answer)(model)

    with (
        intercept_calls(stub_response("GetAlias", found), "lambda"),
        intercept_calls(configuration, "lambda"),
    ):
        return [(one.level, one.says) for one in findings_of_check(deployed, "release")]


def test_alias_of_last_deployment_passes(stack: Deployment) -> None:
    findings = _findings_of_release(
        stack, {**LIVE, "Version": "$LATEST", "Layers": [{"Arn": "layer:1", "CodeSize": 1}]}
    )
    assert findings == [("ok", "1 serve what was deployed last")]


@pytest.mark.parametrize(
    ("latest", "difference"),
    [
        ({"CodeSha256": "c2"}, "code"),
        ({"Layers": [{"Arn": "layer:2"}]}, "layer"),
        ({"Environment": {"Variables": {"RELEASE": "b"}}}, "environment"),
        ({"Timeout": 15}, "settings"),
    ],
)
def test_alias_of_older_deployment_is_reported(stack: Deployment, latest: dict[str, Any], difference: str) -> None:
    says = f"live serves a version older than the last deployment: RefreshFunction 3 ({difference})"
    assert _findings_of_release(stack, {**LIVE, **latest}) == [("problem", says)]


def test_gradual_deployment_in_progress_is_a_warning(stack: Deployment) -> None:
    alias = {"FunctionVersion": "3", "RoutingConfig": {"AdditionalVersionWeights": {"4": 0.1}}}
    says = "a gradual deployment is in progress: RefreshFunction to 4"
    assert _findings_of_release(stack, {**LIVE, "CodeSha256": "c2"}, alias) == [("warning", says)]


def test_missing_alias_is_reported(stack: Deployment) -> None:
    older = with_resource(stack, "RefreshFunction", "AWS::Lambda::Function", "refresh-1")
    with intercept_calls(stub_response("GetAlias", aws_error("ResourceNotFoundException")), "lambda"):
        one = only_problem(older, "release")
    assert (one.level, one.says) == ("problem", "no alias live: RefreshFunction")


def test_disabled_kms_key_is_reported(stack: Deployment) -> None:
    kms = boto3.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    off = with_resource(stack, "CredentialKey", "AWS::KMS::Key", key_id)
    kms.disable_key(KeyId=key_id)
    assert only_problem(off, "kms").do == f"aws kms enable-key --key-id {key_id}"
    kms.schedule_key_deletion(KeyId=key_id)
    assert "cancel-key-deletion" in only_problem(off, "kms").do


def test_incomplete_tables_are_reported(stack: Deployment, stack_account: Any) -> None:  # noqa: ANN401
    name = table_name("SessionsTable")
    off = {"PointInTimeRecoveryEnabled": False}
    stack_account.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=off)
    assert only_problem(stack, "tables").says == "SessionsTable has no point-in-time recovery"
    on = {"PointInTimeRecoveryEnabled": True}
    stack_account.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=on)
    gone = with_resource(stack, "HoldingsTable", "AWS::DynamoDB::Table", "gone")
    assert only_problem(gone, "tables").says == "HoldingsTable does not exist"
    with intercept_calls(
        stub_response("DescribeTimeToLive", {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})
    ):
        assert {one.says.partition(" ")[2] for one in findings_of_check(stack, "tables")} == {"has no TTL"}


def test_dead_letters_and_backlog_are_reported(stack: Deployment) -> None:
    sqs = boto3.client("sqs")
    dead = stack.physical("TasksDeadLetterQueue")
    sqs.send_message(QueueUrl=dead, MessageBody="{}")
    one = only_problem(stack, "queues")
    assert (one.level, one.says) == ("problem", "TasksQueue: 1 dead letters")
    assert "redrive" in one.do
    empty_queues()
    attributes = {"QueueArn": "arn:aws:sqs:us-east-1:1:tasks", "ApproximateNumberOfMessages": "2000"}
    with intercept_calls(stub_response("GetQueueAttributes", {"Attributes": attributes}), "sqs"):
        assert {one.level for one in findings_of_check(stack, "queues")} == {"warning"}


def test_raised_alarm_and_missing_topic_are_reported(stack: Deployment) -> None:
    alarmed = with_resource(stack, "ApiFailingAlarm", "AWS::CloudWatch::Alarm", "tidings-api-1")
    raised = {"AlarmName": "tidings-api-1", "StateReason": "Threshold Crossed"}
    with intercept_calls(stub_response("DescribeAlarms", {"MetricAlarms": [raised]}), "cloudwatch"):
        assert only_problem(alarmed, "alarms").says == "ApiFailingAlarm is raised: Threshold Crossed"
    assert only_problem(with_parameters(stack, AlarmTopicArn=""), "alarms").says == "alarms notify nobody"


def test_unreachable_service_does_not_stop_other_checks(operator: Operator, stack: Deployment) -> None:
    with intercept_calls(refuse_connection, "sqs"):
        said = operator.run("doctor", "--json")
    assert [one["check"] for one in said.json["findings"] if one["level"] == "problem"] == ["queues"]
    assert said.code == 1
