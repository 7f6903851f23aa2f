"""Change the deployment's keys as an operator does."""

import json
import os

import boto3

from tests.support.aws.account import LIVE_CHANNEL, LIVE_TICKET, PLAID, SIGNING, SNAPTRADE
from tidings.aws import secrets

CONFIGURED = {
    "plaid": PLAID,
    "snaptrade": SNAPTRADE,
    "notify": SIGNING,
    "live_ticket": LIVE_TICKET,
    "live_channel": LIVE_CHANNEL,
}


def put_secret(provider: str, values: dict[str, str] | str) -> None:
    """Replace a secret by its values or its text, and clear the product's cache."""
    secret_id = os.environ[f"{provider.upper()}_SECRET_ID"]
    text = values if isinstance(values, str) else json.dumps(values)
    boto3.client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=text)
    secrets.clear_cache()
