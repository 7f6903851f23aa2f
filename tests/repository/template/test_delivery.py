"""The role that deploys: only one GitHub environment has it, and nothing that it creates exceeds the boundary."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from local.translation import load_template, parameter_values, translate
from tests.support.aws.stack import PARAMETERS, ROOT

TEMPLATE = load_template(ROOT / "delivery" / "github-role.yaml")


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
