"""`tidings protect` makes a stack hard to lose, and `tidings teardown` lifts that again."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest

from tests.support.aws.aws_calls import FakeResponse, intercept_calls, stub_response
from tests.support.drivers.operator import STACK, Operator
from tidings_cli import protection

PARAMETERS = {"AllowedOrigins": "https://app.example.com", "DeletionProtection": "off"}


@dataclass
class FakeCloudFormation:
    """Record the requested changes of a stack. Each update ends at once, with `status`."""

    status: str = "UPDATE_COMPLETE"
    changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, model: Any, params: dict[str, Any], **_: object) -> FakeResponse | None:  # noqa: ANN401
        if model.name == "DescribeStacks":
            described: dict[str, Any] = {"Stacks": [{"StackId": "arn:1", "StackStatus": self.status}]}
        else:
            described = {}
            self.changes.append((model.name, dict(params["body"])))
        response: FakeResponse = stub_response(model.name, described)(model)
        return response

    def sent(self, operation: str) -> dict[str, Any]:
        [found] = [body for name, body in self.changes if name == operation]
        return found


@pytest.fixture
def cloudformation(operator: Operator) -> Iterator[FakeCloudFormation]:
    operator.deployment = replace(operator.deployment, parameters=PARAMETERS)
    fake = FakeCloudFormation()
    with ExitStack() as hooks:
        hooks.enter_context(intercept_calls(fake, "cloudformation"))
        yield fake


def test_protect_sets_parameter_termination_protection_and_policy(
    operator: Operator, cloudformation: FakeCloudFormation
) -> None:
    said = operator.run("protect")
    assert said.code == 0, said.err
    updated = cloudformation.sent("UpdateStack")
    assert (updated["StackName"], updated["UsePreviousTemplate"]) == (STACK, "true")
    sent = {
        value: updated.get(name.replace(".ParameterKey", ".ParameterValue"))
        for name, value in updated.items()
        if name.endswith(".ParameterKey")
    }
    assert sent == {"AllowedOrigins": None, "DeletionProtection": "on"}, "nothing else changes"
    assert cloudformation.sent("UpdateTerminationProtection")["EnableTerminationProtection"] == "true"
    allowed, denied = json.loads(cloudformation.sent("SetStackPolicy")["StackPolicyBody"])["Statement"]
    assert (allowed["Effect"], allowed["Action"], allowed["Resource"]) == ("Allow", "Update:*", "*")
    assert (denied["Effect"], denied["Action"]) == ("Deny", ["Update:Replace", "Update:Delete"])
    assert denied["Condition"]["StringEquals"]["ResourceType"] == list(protection.IRREPLACEABLE)


def test_protect_updates_no_stack_that_is_protected(operator: Operator, cloudformation: FakeCloudFormation) -> None:
    operator.deployment = replace(operator.deployment, parameters={**PARAMETERS, "DeletionProtection": "on"})
    assert operator.run("protect").code == 0
    assert [name for name, _ in cloudformation.changes] == ["UpdateTerminationProtection", "SetStackPolicy"]


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_IN_PROGRESS"])
def test_protect_refuses_stack_without_a_success(
    operator: Operator, cloudformation: FakeCloudFormation, status: str
) -> None:
    operator.deployment = replace(operator.deployment, status=status)
    said = operator.run("protect")
    assert (said.code, said.err) == (1, f"Error: Stack {STACK} is {status}: protect it after a success.\n")
    assert cloudformation.changes == []


def test_protect_refuses_stack_of_an_older_version(operator: Operator, cloudformation: FakeCloudFormation) -> None:
    operator.deployment = replace(operator.deployment, parameters={})
    assert "has no parameter DeletionProtection" in operator.run("protect").err
    assert cloudformation.changes == []


def test_protect_reports_failed_update(operator: Operator, cloudformation: FakeCloudFormation) -> None:
    cloudformation.status = "UPDATE_ROLLBACK_COMPLETE"
    said = operator.run("protect")
    assert (said.code, said.err) == (
        1,
        f"Error: Stack {STACK} is UPDATE_ROLLBACK_COMPLETE: see its events in CloudFormation.\n",
    )


@pytest.mark.usefixtures("app")
def test_teardown_lifts_protection_before_it_deletes_the_stack(
    operator: Operator, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.status = "DELETE_COMPLETE"
    dynamodb = boto3.client("dynamodb")
    names = operator.deployment.of_kind("AWS::DynamoDB::Table").values()
    for name in names:
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    said = operator.run("teardown", "--yes", "--delete-stack", "--force")
    assert said.code == 0, said.err
    assert [name for name, _ in cloudformation.changes] == [
        "SetStackPolicy",
        "UpdateTerminationProtection",
        "DeleteStack",
    ]
    [statement] = json.loads(cloudformation.sent("SetStackPolicy")["StackPolicyBody"])["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "Update:*")
    assert cloudformation.sent("UpdateTerminationProtection")["EnableTerminationProtection"] == "false"
    protected = [
        name for name in names if dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"]
    ]
    assert protected == []


@pytest.mark.usefixtures("app")
def test_teardown_names_commands_that_lift_the_protection(
    operator: Operator, cloudformation: FakeCloudFormation
) -> None:
    operator.deployment = replace(operator.deployment, parameters={**PARAMETERS, "DeletionProtection": "on"})
    said = operator.run("teardown", "--yes").out
    assert cloudformation.changes == []
    termination = "update-termination-protection --no-enable-termination-protection"
    assert f"aws cloudformation {termination} --stack-name {STACK}" in said
    for name in operator.deployment.of_kind("AWS::DynamoDB::Table").values():
        assert f"aws dynamodb update-table --no-deletion-protection-enabled --table-name {name}" in said
