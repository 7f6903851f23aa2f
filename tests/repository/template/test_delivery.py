"""The role that deploys: only one GitHub environment has it, and nothing that it creates exceeds the boundary."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest

from local.account import ACCOUNT, REGION
from local.intrinsics import Resolver
from local.translation import load_template, parameter_values, translate
from tests.support.aws.operator_needs import read_documented_needs
from tests.support.aws.stack import PARAMETERS, ROOT, Stack

TEMPLATE = load_template(ROOT / "delivery" / "github-role.yaml")
IN_WORKFLOW = ("smoke", "protect")
"""The commands that the workflow runs."""

TABLES = Stack.from_template().resources_of_type("AWS::DynamoDB::Table")
RESOURCES = {
    "cloudformation": "stack/tidings/id",
    "events": "rule/tidings-ReconcileFunctionRun-id",
    "lambda": "function:tidings-PendingFunction-id:live",
    "logs": "log-group:tidings-WebhookPlaidLogs-id:*",
}
"""A resource of the stack, by service."""

EVERY_COMMAND = {"cloudformation:DescribeStacks", "cloudformation:ListStackResources"}
WITHOUT_RESOURCE = {"lambda:GetAccountSettings", "lambda:GetEventSourceMapping", "sts:GetCallerIdentity"}


class Right(NamedTuple):
    """An action on a resource, as IAM checks it. `context`: the encryption context of a call of KMS."""

    action: str
    arn: str
    context: tuple[tuple[str, str], ...] = ()


def needed_rights(command: str) -> Iterator[Right]:
    """Yield the rights that a command needs of a stack `tidings`."""
    for action in EVERY_COMMAND:
        yield from (
            Right(action, _arn("cloudformation", f"stack/tidings{name}/id")) for name in ("", "-Observability-1")
        )
    for resource, actions in read_documented_needs()[command].items():
        for action in actions:
            yield from _rights(resource, action)


def _rights(resource: str, action: str) -> Iterator[Right]:
    if resource == "the stack":
        service = action.partition(":")[0]
        yield Right(action, "*" if action in WITHOUT_RESOURCE else _arn(service, RESOURCES[service]))
    elif resource.endswith("Secret"):
        yield Right(f"secretsmanager:{action}", _arn("secretsmanager", f"secret:{resource}-id"))
    elif resource == "CredentialKey":
        context = () if action == "DescribeKey" else (("purpose", "doctor"),)
        yield Right(f"kms:{action}", _arn("kms", "key/id"), context)
    else:
        names = TABLES if resource == "every table" else [resource]
        yield from (Right(f"dynamodb:{action}", _arn("dynamodb", f"table/tidings-{name}-id")) for name in names)


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def is_allowed(statement: dict[str, Any], right: Right) -> bool:
    conditions = {(test, key) for test, keys in statement.get("Condition", {}).items() for key in keys.items()}
    context = {("StringEquals", (f"kms:EncryptionContext:{name}", value)) for name, value in right.context}
    return (
        any(fnmatchcase(right.action, pattern) for pattern in _listed(statement["Action"]))
        and any(fnmatchcase(right.arn, pattern) for pattern in _listed(statement["Resource"]))
        and conditions <= context
    )


def granted(policy: str | None = None) -> list[dict[str, Any]]:
    """Return the statements of the role for a stack `tidings`, of one policy if named."""
    parameters = parameter_values(TEMPLATE, {"Repository": "example/tidings", "Environment": "staging"})
    resolver = Resolver(TEMPLATE, parameters, {"ExecutionRole.Arn": _arn("iam", "role/tidings-cloudformation")})
    policies = resolver.resolve(TEMPLATE["Resources"]["DeployRole"]["Properties"]["Policies"])
    return [
        one for each in policies if policy in {None, each["PolicyName"]} for one in each["PolicyDocument"]["Statement"]
    ]


def statements(role: str) -> list[dict[str, Any]]:
    policies = TEMPLATE["Resources"][role]["Properties"]["Policies"]
    return [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]


def test_only_workflows_of_the_environment_assume_the_role() -> None:
    [trust] = TEMPLATE["Resources"]["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": {"Fn::Sub": "repo:${Repository}:environment:${Environment}"},
        }
    }


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"])
def test_roles_get_rights_only_with_the_boundary(action: str) -> None:
    granting = [one for one in statements("ExecutionRole") if one["Effect"] == "Allow" and action in one["Action"]]
    assert [one["Condition"] for one in granting] == [
        {"StringEquals": {"iam:PermissionsBoundary": {"Ref": "Boundary"}}}
    ]


def test_deploying_role_grants_no_rights_itself() -> None:
    actions = {action for one in statements("DeployRole") for action in _listed(one["Action"])}
    assert {action for action in actions if action.startswith("iam:")} == {"iam:PassRole"}
    assert not [action for action in actions if action.endswith(":*")]


@pytest.mark.parametrize("command", IN_WORKFLOW)
def test_role_has_the_rights_of_commands_that_the_workflow_runs(command: str) -> None:
    statements = granted()
    refused = [right for right in needed_rights(command) if not any(is_allowed(one, right) for one in statements)]
    assert refused == []


@pytest.mark.parametrize("command", IN_WORKFLOW)
def test_role_has_no_further_rights_for_commands(command: str) -> None:
    needed, statements = list(needed_rights(command)), granted(command)
    assert statements
    for statement in statements:
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                one = {**statement, "Action": action, "Resource": resource}
                assert [right for right in needed if is_allowed(one, right)], (statement["Sid"], action, resource)


def test_boundary_allows_no_iam() -> None:
    allowed = TEMPLATE["Resources"]["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    services = {action.split(":")[0] for one in allowed for action in _listed(one["Action"])}
    assert services == {"dynamodb", "sqs", "secretsmanager", "kms", "appsync", "logs", "xray"}


def function_roles() -> list[dict[str, Any]]:
    source = load_template(ROOT / "template.yaml")
    translated = translate(source, parameter_values(source, PARAMETERS))
    return [one["Properties"] for one in translated["Resources"].values() if one["Type"] == "AWS::IAM::Role"]


def test_boundary_parameter_limits_every_function_role() -> None:
    given = {"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]}
    roles = function_roles()
    assert len(roles) > 8
    assert [role["PermissionsBoundary"] for role in roles] == [given] * len(roles)


def test_boundary_allows_what_functions_need() -> None:
    limits = TEMPLATE["Resources"]["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    allowed = [action for one in limits for action in _listed(one["Action"])]
    needed = {
        action
        for role in function_roles()
        for policy in role["Policies"]
        for one in policy.get("Fn::If", ["", policy])[1]["PolicyDocument"]["Statement"]
        for action in _listed(one.get("Fn::If", ["", one])[1]["Action"])
    }
    assert [action for action in needed if not any(fnmatchcase(action, pattern) for pattern in allowed)] == []


def _listed(actions: Any) -> list[str]:  # noqa: ANN401 - one action or several
    return actions if isinstance(actions, list) else [actions]
