"""Test that the recorder logs a line for each action that IAM checks, and leaves calls unchanged."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local import aws
from local.cloud import LocalCloud
from local.recorder.attributes import touched_attributes

Line = dict[str, Any]


class Record:
    """The lines recorded since the test began."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = len(path.read_text("utf-8").splitlines()) if path.exists() else 0

    def lines(self) -> list[Line]:
        """Return the new lines."""
        return [json.loads(line) for line in self._path.read_text("utf-8").splitlines()[self._seen :]]


@pytest.fixture
def recorded(record: Path) -> Record:
    return Record(record)


def test_recorder_logs_caller_and_attributes_of_a_read(cloud: LocalCloud, recorded: Record) -> None:
    aws.dynamodb(cloud.aws_endpoint).get_item(
        TableName=cloud.physical["SessionsTable"],
        Key={"session": {"S": "x"}},
        ProjectionExpression="#u, profile.email",
        ExpressionAttributeNames={"#u": "user_id"},
        ConsistentRead=True,
    )

    (line,) = recorded.lines()
    assert line.pop("request") > 0
    assert line == {
        "function": "local",
        "service": "dynamodb",
        "call": "GetItem",
        "action": "GetItem",
        "table": "SessionsTable",
        "index": None,
        "attributes": ["profile", "session", "user_id"],
        "Select": "SPECIFIC_ATTRIBUTES",
        "ConsistentRead": True,
    }


def test_recorder_logs_one_line_per_action_of_a_transaction(cloud: LocalCloud, recorded: Record) -> None:
    sessions, items = cloud.physical["SessionsTable"], cloud.physical["ItemsTable"]
    aws.dynamodb(cloud.aws_endpoint).transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": sessions,
                    "Item": {"session": {"S": "t"}, "email": {"S": "e"}},
                    "ConditionExpression": "attribute_not_exists(user_id)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
            {
                "Update": {
                    "TableName": items,
                    "Key": {"item": {"S": "i"}},
                    "UpdateExpression": "ADD generation :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
            {
                "ConditionCheck": {
                    "TableName": items,
                    "Key": {"item": {"S": "j"}},
                    "ConditionExpression": "attribute_not_exists(link_id)",
                }
            },
        ]
    )

    lines = recorded.lines()
    assert {line["call"] for line in lines} == {"TransactWriteItems"}
    assert len({line["request"] for line in lines}) == 1
    assert [(line["action"], line["table"], line["attributes"]) for line in lines] == [
        ("PutItem", "SessionsTable", ["email", "session", "user_id"]),
        ("UpdateItem", "ItemsTable", ["generation", "item"]),
        ("ConditionCheckItem", "ItemsTable", ["item", "link_id"]),
    ]
    assert lines[0]["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_recorder_logs_batches_queries_keys_and_secrets(cloud: LocalCloud, recorded: Record) -> None:
    items = cloud.physical["ItemsTable"]
    database = aws.dynamodb(cloud.aws_endpoint)
    put: Any = {"PutRequest": {"Item": {"item": {"S": "b"}, "user_id": {"S": "u"}}}}
    database.batch_write_item(RequestItems={items: [put, {"DeleteRequest": {"Key": {"item": {"S": "c"}}}}]})
    database.query(
        TableName=items,
        IndexName="by-user",
        KeyConditionExpression="user_id = :u",
        ExpressionAttributeValues={":u": {"S": "u"}},
        Select="ALL_PROJECTED_ATTRIBUTES",
    )
    key = cloud.physical["CredentialKey.Arn"]
    aws.kms(cloud.aws_endpoint).encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"item": "b"})
    aws.secretsmanager(cloud.aws_endpoint).get_secret_value(SecretId=cloud.physical["PlaidSecret"])

    put_line, delete_line, query, encrypt, secret = recorded.lines()
    assert (put_line["action"], put_line["entry"], put_line["attributes"]) == (
        "BatchWriteItem",
        "PutItem",
        ["item", "user_id"],
    )
    assert (delete_line["action"], delete_line["entry"]) == ("BatchWriteItem", "DeleteItem")
    assert (query["index"], query["Select"]) == ("by-user", "ALL_PROJECTED_ATTRIBUTES")
    assert (encrypt["service"], encrypt["action"], encrypt["key"]) == ("kms", "Encrypt", key)
    assert encrypt["encryption_context"] == ["item"]
    assert (secret["action"], secret["secret"]) == ("GetSecretValue", "PlaidSecret")


@pytest.mark.parametrize(
    ("request_body", "attributes"),
    [
        (
            {
                "UpdateExpression": "SET #g = if_not_exists(#g, :zero) + :one, a.b[0].c = :x REMOVE size, link_id",
                "ExpressionAttributeNames": {"#g": "generation"},
            },
            ["a", "generation", "link_id", "size"],
        ),
        (
            {"ConditionExpression": "size (parts) > :n AND NOT (x IN (:a, :b) or y between :a and :b)"},
            ["parts", "x", "y"],
        ),
        (
            {"ProjectionExpression": "#0, #1.#2", "ExpressionAttributeNames": {"#0": "k", "#1": "m", "#2": "n"}},
            ["k", "m"],
        ),
        ({"AttributesToGet": ["a"], "Expected": {"b": {}}, "AttributeUpdates": {"c": {}}}, ["a", "b", "c"]),
    ],
)
def test_touched_attributes_covers_every_expression(request_body: Line, attributes: list[str]) -> None:
    assert touched_attributes(request_body) == attributes


def test_recorder_loses_no_line_under_concurrent_calls(cloud: LocalCloud, recorded: Record) -> None:
    database, table = aws.dynamodb(cloud.aws_endpoint), cloud.physical["SessionsTable"]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: database.get_item(TableName=table, Key={"session": {"S": f"{n}"}}), range(100)))

    assert [line["action"] for line in recorded.lines()] == ["GetItem"] * 100
