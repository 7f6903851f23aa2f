"""Time that goes by at once."""

from local import aws
from local.cloud import LocalCloud


def let_the_cooldown_pass(cloud: LocalCloud, user_id: str) -> None:
    """As if a minute had gone by: the user's claims have run out."""
    for provider in ("plaid", "snaptrade"):
        aws.dynamodb(cloud.ministack_url).update_item(
            TableName=cloud.physical["UpdateStateTable"],
            Key={"user_id": {"S": user_id}, "entry": {"S": f"claim#{provider}"}},
            UpdateExpression="SET retry_at = :past",
            ExpressionAttributeValues={":past": {"N": "1"}},
        )


def registered_long_ago(cloud: LocalCloud, item_id: str) -> None:
    """So that an event of now can only speak of this registration of the SnapTrade user."""
    aws.dynamodb(cloud.ministack_url).update_item(
        TableName=cloud.physical["ProviderItemsTable"],
        Key={"item": {"S": f"snaptrade#{item_id}"}},
        UpdateExpression="SET registered_at = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
