"""Change the deployment's provider keys as an operator does."""

import json
import os

import boto3

from tests.support.aws.account import PLAID, SIGNING, SNAPTRADE
from tidings.aws import secrets

CONFIGURED = {"plaid": PLAID, "snaptrade": SNAPTRADE, "notify": SIGNING}


def put_secret(provider: str, values: dict[str, str] | str) -> None:
    """Replace a provider's secret by its values or its text, and clear the product's cache."""
    secret_id = os.environ[f"{provider.upper()}_SECRET_ID"]
    text = values if isinstance(values, str) else json.dumps(values)
    boto3.client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=text)
    secrets.clear_cache()
