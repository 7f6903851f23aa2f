"""Change rows as if time had elapsed."""

from typing import Any

from local import aws
from local.cloud import LocalCloud


def end_cooldowns(cloud: LocalCloud, user_id: str) -> None:
    """Expire the user's cooldowns, as if a minute had elapsed."""
    for provider in ("plaid", "snaptrade"):
        aws.dynamodb(cloud.ministack_url).update_item(
            TableName=cloud.physical["UpdateStateTable"],
            Key={"user_id": {"S": user_id}, "entry": {"S": f"claim#{provider}"}},
            UpdateExpression="SET retry_at = :past",
            ExpressionAttributeValues={":past": {"N": "1"}},
        )


def end_leases(cloud: LocalCloud, user_id: str) -> None:
    """Expire the leases of the user's public tokens and SnapTrade registrations, as if a minute had elapsed."""
    client, table = aws.dynamodb(cloud.ministack_url), cloud.physical["LinkSessionsTable"]
    for row in client.scan(TableName=table)["Items"]:
        if row["user_id"]["S"] == user_id and "leased_until" in row:
            _set(client, table, {"token": row["token"]}, "leased_until")
    table = cloud.physical["ProviderItemsTable"]
    for row in client.scan(TableName=table)["Items"]:
        if row["item"]["S"].startswith("snaptrade#") and "registering_until" in row:
            _set(client, table, {"item": row["item"]}, "registering_until")


def _set(client: Any, table: str, key: dict[str, Any], attribute: str) -> None:  # noqa: ANN401 - a boto3 client
    """Set a time to the distant past."""
    client.update_item(
        TableName=table,
        Key=key,
        UpdateExpression=f"SET {attribute} = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )


def backdate_registration(cloud: LocalCloud, item_id: str) -> None:
    """Backdate the SnapTrade registration: an event of now then belongs to this registration."""
    aws.dynamodb(cloud.ministack_url).update_item(
        TableName=cloud.physical["ProviderItemsTable"],
        Key={"item": {"S": f"snaptrade#{item_id}"}},
        UpdateExpression="SET registered_at = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )


def backdate_activity(cloud: LocalCloud, user_id: str) -> None:
    """Age the user's rows by days: no source was updated, fetched or checked since, and each item is due."""
    client, table = aws.dynamodb(cloud.ministack_url), cloud.physical["UpdateStateTable"]
    values = {":user": {"S": user_id}, ":source": {"S": "source#"}}
    condition = "user_id = :user AND begins_with(entry, :source)"
    rows = client.query(TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values)["Items"]
    for row in rows:
        client.update_item(
            TableName=table,
            Key={"user_id": row["user_id"], "entry": row["entry"]},
            UpdateExpression="SET last_update_at = :past, last_fetched_at = :past, last_reconcile_at = :past",
            ExpressionAttributeValues={":past": {"N": "1"}},
        )
    items = cloud.physical["ProviderItemsTable"]
    for row in client.scan(TableName=items)["Items"]:
        if row.get("user_id") == {"S": user_id}:
            _set(client, items, {"item": row["item"]}, "check_after")


def delete_rate_counters(cloud: LocalCloud) -> None:
    """Delete all rate counters, as if no refresh had called a provider in this minute. The list of brokers stays."""
    client, table = aws.dynamodb(cloud.ministack_url), cloud.physical["ProviderBudgetsTable"]
    for row in client.scan(TableName=table)["Items"]:
        if row["window"]["S"].startswith("brokers#"):
            continue
        client.delete_item(TableName=table, Key={"window": row["window"]})
