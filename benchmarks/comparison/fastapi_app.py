"""Answer a poll as a usual app would: FastAPI through Mangum, boto3 and both providers' SDKs. Only for comparison.

Clients are made at import, which is the better practice on Lambda. The poll makes the same two round trips as ours.
"""

import hashlib
import os
from typing import Annotated

import boto3
import plaid  # type: ignore[import-untyped]
from fastapi import Cookie, FastAPI, HTTPException
from mangum import Mangum
from plaid.api import plaid_api  # type: ignore[import-untyped]
from snaptrade_client.auth import SnapTradeAuth
from snaptrade_client.client import SnapTrade

dynamodb = boto3.client("dynamodb")
plaid_client = plaid_api.PlaidApi(
    plaid.ApiClient(plaid.Configuration(plaid.Environment.Sandbox, {"clientId": "client", "secret": "secret"}))
)
snaptrade_client = SnapTrade(auth=SnapTradeAuth.commercial_api_key(client_id="client", consumer_key="key"))
app = FastAPI()


def pending_updates(session_id: Annotated[str, Cookie()]) -> dict[str, bool]:
    """Return whether any source of the session's user has an update."""
    session = {"session": {"S": hashlib.sha256(session_id.encode()).hexdigest()}}
    found = dynamodb.get_item(TableName=os.environ["SESSIONS_TABLE"], Key=session, ConsistentRead=True)
    if "Item" not in found:
        raise HTTPException(401)
    rows = dynamodb.query(
        TableName=os.environ["UPDATE_STATE_TABLE"],
        KeyConditionExpression="user_id = :user",
        ExpressionAttributeValues={":user": found["Item"]["user_id"]},
        ConsistentRead=True,
    )["Items"]
    generations = [(row.get("generation", {"N": "0"}), row.get("seen_generation", {"N": "0"})) for row in rows]
    return {"has_pending_updates": any(int(now["N"]) > int(seen["N"]) for now, seen in generations)}


app.add_api_route("/pending-updates", pending_updates)
lambda_handler = Mangum(app, lifespan="off")
