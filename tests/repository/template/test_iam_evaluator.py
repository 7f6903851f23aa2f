"""The evaluator itself (tests/support/aws/iam.py), on policies small enough to check by eye."""

from typing import Any

import pytest

from tests.support.aws.iam import Call, Permission, Permissions

NAMES = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["item", "user_id"]}}
READ = NAMES | {"StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}, "Null": {"dynamodb:Attributes": "false"}}
WRITE = NAMES | {"StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"}}


def _evaluator(*statements: dict[str, Any]) -> Permissions:
    policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    template = {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table"},
            "Reader": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["ReaderRole", "Arn"]}}},
            "ReaderRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
        },
    }
    return Permissions(template, {})


def _allow(action: str | list[str], condition: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:  # noqa: ANN401
    statement = {"Sid": "S", "Effect": "Allow", "Action": action, "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}
    return statement | ({"Condition": condition} if condition else {}) | rest


def _get(attributes: set[str], select: str | None = "SPECIFIC_ATTRIBUTES") -> Call:
    return Call("Reader", "dynamodb:GetItem", "Table", frozenset(attributes), select)


def test_evaluator_denies_action_that_is_not_granted() -> None:
    permissions = _evaluator(_allow("dynamodb:GetItem"))
    granted = Call("Reader", "dynamodb:GetItem", "Table")
    others = [
        Call("Reader", "dynamodb:PutItem", "Table"),
        Call("Reader", "dynamodb:GetItem", "Other"),
        Call("Writer", "dynamodb:GetItem", "Table"),
        Call("Reader", "dynamodb:GetItem", "Table/index/by-user"),
    ]
    assert permissions.forbidden([granted, *others]) == others


def test_evaluator_treats_index_as_separate_resource() -> None:
    permissions = _evaluator(_allow("dynamodb:Query", Resource={"Fn::Sub": "${Table.Arn}/index/by-user"}))
    assert permissions.allows(Call("Reader", "dynamodb:Query", "Table/index/by-user"))
    assert not permissions.allows(Call("Reader", "dynamodb:Query", "Table"))


@pytest.mark.parametrize(
    ("call", "allowed"),
    [
        (_get({"item"}), True),
        (_get({"item", "user_id"}), True),
        (_get({"item", "credential"}), False),
        (_get(set()), False),
        (_get({"item"}, "ALL_ATTRIBUTES"), False),
        (_get({"item"}, None), False),
    ],
)
def test_evaluator_restricts_read_to_named_attributes(call: Call, allowed: bool) -> None:
    assert _evaluator(_allow("dynamodb:GetItem", READ)).allows(call) is allowed


def test_for_all_values_allows_request_without_attributes() -> None:
    assert _evaluator(_allow("dynamodb:GetItem", NAMES)).allows(_get(set()))


@pytest.mark.parametrize(
    ("returned", "allowed"), [(None, True), ("NONE", True), ("ALL_OLD", False), ("ALL_NEW", False)]
)
def test_evaluator_denies_write_that_returns_unnamed_attributes(returned: str | None, allowed: bool) -> None:
    call = Call("Reader", "dynamodb:UpdateItem", "Table", frozenset({"item"}), None, returned)
    assert _evaluator(_allow("dynamodb:UpdateItem", WRITE)).allows(call) is allowed


def test_null_true_denies_present_condition_key() -> None:
    permissions = _evaluator(_allow("kms:Decrypt", {"Null": {"kms:EncryptionContextKeys": "true"}}))
    assert permissions.allows(Call("Reader", "kms:Decrypt", "Table"))
    with_context = Call("Reader", "kms:Decrypt", "Table", encryption_context=frozenset({"user_id"}))
    assert not permissions.allows(with_context)


def test_unused_permission_is_listed() -> None:
    permissions = _evaluator(_allow(["dynamodb:GetItem", "dynamodb:Query"]))
    assert permissions.unused([Call("Reader", "dynamodb:GetItem", "Table")]) == [
        Permission("Reader", "S", "dynamodb:Query", "Table")
    ]


def test_either_of_two_statements_allows_an_action() -> None:
    permissions = _evaluator(_allow("dynamodb:GetItem", READ), _allow("dynamodb:GetItem", Resource="Other", Sid="T"))
    assert permissions.allows(Call("Reader", "dynamodb:GetItem", "Other"))
    assert permissions.allows(_get({"item"}))


@pytest.mark.parametrize(
    "statement",
    [
        _allow("dynamodb:GetItem", Effect="Deny"),
        {"Sid": "S", "Effect": "Allow", "NotAction": "dynamodb:GetItem", "Resource": "Table"},
    ],
)
def test_unknown_policy_statement_is_an_error(statement: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not know the statement"):
        _evaluator(statement)


def test_unknown_condition_operator_is_an_error() -> None:
    permissions = _evaluator(_allow("dynamodb:GetItem", {"StringLike": {"dynamodb:Attributes": ["i*"]}}))
    with pytest.raises(ValueError, match="StringLike"):
        permissions.allows(_get({"item"}))


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (
            {
                "action": "GetItem",
                "table": "Table",
                "index": None,
                "attributes": ["item"],
                "Select": "SPECIFIC_ATTRIBUTES",
            },
            _get({"item"}),
        ),
        (
            {"action": "Query", "table": "Table", "index": "by-user", "attributes": ["user_id"]},
            Call("Reader", "dynamodb:Query", "Table/index/by-user", frozenset({"user_id"})),
        ),
        (
            {"action": "UpdateItem", "table": "Table", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
            Call("Reader", "dynamodb:UpdateItem", "Table", return_values="ALL_OLD"),
        ),
        (
            {"service": "kms", "action": "Decrypt", "key": "arn", "encryption_context": ["item"]},
            Call("Reader", "kms:Decrypt", "CredentialKey", encryption_context=frozenset({"item"})),
        ),
        (
            {"service": "secretsmanager", "action": "GetSecretValue", "secret": "PlaidSecret"},
            Call("Reader", "secretsmanager:GetSecretValue", "PlaidSecret"),
        ),
    ],
)
def test_recorded_call_line_is_parsed(line: dict[str, Any], call: Call) -> None:
    assert Call.parse({"function": "Reader", "service": "dynamodb"} | line) == call
