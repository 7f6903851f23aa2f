"""Create the template's tables, queues, KMS keys and secrets in MiniStack. Idempotent."""

import json
import secrets as random_secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local import aws
from local.account import ACCOUNT, REGION
from local.deployment import Deployment, Queue, Table
from local.errors import LocalCloudError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_PREFIX = "tidings-local-"


def table_name(logical_id: str) -> str:
    """Return the local name of a table."""
    return _PREFIX + logical_id


def provision(deployment: Deployment, endpoint: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """Create missing resources and set the values of the secrets (JSON, by logical id).

    Returns the local values of Ref ("LogicalId") and GetAtt ("LogicalId.Arn").
    Raises LocalCloudError if MiniStack rejects a call.
    """
    try:
        return {
            **dict(_provision_tables(deployment, endpoint)),
            **dict(_provision_queues(deployment, endpoint)),
            **dict(_provision_keys(deployment, endpoint)),
            **dict(_provision_secrets(deployment, endpoint, secrets)),
        }
    except (BotoCoreError, ClientError) as error:
        raise LocalCloudError(f"MiniStack could not create tables, queues, key or secrets: {error}") from error


def _provision_tables(deployment: Deployment, endpoint: str) -> Iterator[tuple[str, str]]:
    client = aws.dynamodb(endpoint)
    existing = {name for page in client.get_paginator("list_tables").paginate() for name in page["TableNames"]}
    for table in deployment.tables():
        name = table_name(table.logical_id)
        if name in existing:
            _require_same_keys(client, name, table)
            _enable_stream(client, name, table)
        else:
            _create_table(client, name, table)
        if recovery := table.properties.get("PointInTimeRecoverySpecification"):
            client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
        yield table.logical_id, name
        yield f"{table.logical_id}.Arn", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
        if "StreamSpecification" in table.properties:
            yield f"{table.logical_id}.StreamArn", client.describe_table(TableName=name)["Table"]["LatestStreamArn"]


def _create_table(client: "DynamoDBClient", name: str, table: Table) -> None:
    properties = table.properties
    request: dict[str, Any] = {
        key: properties[key]
        for key in ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        if key in properties
    }
    if stream := properties.get("StreamSpecification"):
        request["StreamSpecification"] = {"StreamEnabled": True, **stream}
    client.create_table(TableName=name, **request)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    if lifetime := properties.get("TimeToLiveSpecification"):
        client.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": lifetime["AttributeName"]},
        )


def _enable_stream(client: "DynamoDBClient", name: str, table: Table) -> None:
    """Enable the stream of a table that an earlier version created without."""
    stream: Any = table.properties.get("StreamSpecification")
    if stream and "LatestStreamArn" not in client.describe_table(TableName=name)["Table"]:
        client.update_table(
            TableName=name, StreamSpecification={"StreamEnabled": True, "StreamViewType": stream["StreamViewType"]}
        )


def _require_same_keys(client: "DynamoDBClient", name: str, table: Table) -> None:
    found = client.describe_table(TableName=name)["Table"]
    if _key_names(dict(found)) != _key_names(table.properties):
        raise LocalCloudError(
            f"{table.logical_id} has other keys than the local table {name}: delete the local state (`make clean`)"
        )


def _key_names(table: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the key attributes of a described or declared table, and of its indexes."""
    indexes = {
        index["IndexName"]: _key_attributes(index["KeySchema"]) for index in table.get("GlobalSecondaryIndexes", [])
    }
    return _key_attributes(table["KeySchema"]), indexes


def _key_attributes(schema: list[dict[str, str]]) -> dict[str, str]:
    return {part["KeyType"]: part["AttributeName"] for part in schema}


def _provision_queues(deployment: Deployment, endpoint: str) -> Iterator[tuple[str, str]]:
    client = aws.sqs(endpoint)
    names = {logical_id: _PREFIX + logical_id for logical_id in deployment.logical_ids("AWS::SQS::Queue")}
    arns = {f"{logical_id}.Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" for logical_id, name in names.items()}
    yield from arns.items()
    # Create dead-letter queues first: a redrive policy can only name an existing queue.
    queues = sorted(deployment.queues(arns), key=lambda queue: "RedrivePolicy" in queue.properties)
    for queue in queues:
        url = client.create_queue(QueueName=names[queue.logical_id])["QueueUrl"]
        client.set_queue_attributes(QueueUrl=url, Attributes=_queue_attributes(queue))
        yield queue.logical_id, url
        yield f"{queue.logical_id}.QueueName", names[queue.logical_id]


def _queue_attributes(queue: Queue) -> Any:  # noqa: ANN401 - SQS attributes, named as in the template
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in queue.properties.items()
        if name != "Tags"
    }


def _provision_keys(deployment: Deployment, endpoint: str) -> Iterator[tuple[str, str]]:
    client = aws.kms(endpoint)
    for logical_id in deployment.logical_ids("AWS::KMS::Key"):
        alias = f"alias/{_PREFIX}{logical_id}"
        try:
            key = client.describe_key(KeyId=alias)["KeyMetadata"]
        except client.exceptions.NotFoundException:
            key = client.create_key(Description=logical_id)["KeyMetadata"]
            client.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
        yield logical_id, key["KeyId"]
        yield f"{logical_id}.Arn", key["Arn"]


def _provision_secrets(deployment: Deployment, endpoint: str, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    client = aws.secretsmanager(endpoint)
    for logical_id, properties in deployment.secrets().items():
        name, value = _PREFIX + logical_id, values.get(logical_id)
        generates = "GenerateSecretString" in properties
        try:
            found = client.get_secret_value(SecretId=name)
            arn = found["ARN"]
            wanted = found["SecretString"] if value is None and generates else value or "{}"
            if found["SecretString"] != wanted:
                client.put_secret_value(SecretId=name, SecretString=wanted)
        except client.exceptions.ResourceNotFoundException:
            generated = _generate_secret(properties["GenerateSecretString"]) if generates else "{}"
            arn = client.create_secret(Name=name, SecretString=value or generated)["ARN"]
        yield logical_id, arn


def _generate_secret(order: Mapping[str, Any]) -> str:
    """Generate a value as CloudFormation does: a random text beside what the template gives."""
    generated = random_secrets.token_hex(int(order["PasswordLength"]) // 2)
    return json.dumps({**json.loads(order["SecretStringTemplate"]), order["GenerateStringKey"]: generated})


def delete_table(endpoint: str, logical_id: str) -> None:
    """Delete a table with its content, to test an outage.

    Raises LocalCloudError if MiniStack rejects the call.
    """
    try:
        aws.dynamodb(endpoint).delete_table(TableName=table_name(logical_id))
    except ClientError as error:
        raise LocalCloudError(f"{table_name(logical_id)} could not be deleted: {error}") from error
