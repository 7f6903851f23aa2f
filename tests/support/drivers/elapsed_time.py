"""Change rows as if time had elapsed."""

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


def backdate_registration(cloud: LocalCloud, item_id: str) -> None:
    """Backdate the SnapTrade registration: an event of now then belongs to this registration."""
    aws.dynamodb(cloud.ministack_url).update_item(
        TableName=cloud.physical["ProviderItemsTable"],
        Key={"item": {"S": f"snaptrade#{item_id}"}},
        UpdateExpression="SET registered_at = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )


def backdate_activity(cloud: LocalCloud, user_id: str) -> None:
    """Age the user's rows by days: no source was updated, fetched or checked since."""
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


def delete_rate_counters(cloud: LocalCloud) -> None:
    """Delete all rate counters, as if no refresh had called a provider in this minute."""
    client, table = aws.dynamodb(cloud.ministack_url), cloud.physical["ProviderBudgetsTable"]
    for row in client.scan(TableName=table)["Items"]:
        client.delete_item(TableName=table, Key={"window": row["window"]})
