"""The deployment's own keys at the providers, changed by an operator."""

import json
import os

import boto3

from tests.support.account import PLAID, SNAPTRADE
from tidings.store import secrets

CONFIGURED = {"plaid": PLAID, "snaptrade": SNAPTRADE}


def put_secret(provider: str, values: dict[str, str]) -> None:
    """Replace a provider's secret; it counts at once."""
    secret_id = os.environ[f"{provider.upper()}_SECRET_ID"]
    boto3.client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=json.dumps(values))
    secrets.forget()
