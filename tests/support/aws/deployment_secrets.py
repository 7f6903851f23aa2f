"""Change the deployment's keys as an operator does."""

import json
import os

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import secretsmanager_backends

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


def restore_secrets() -> None:
    """Configure both providers as at first. It reads inside moto, which is fast enough to run before every test."""
    stored = secretsmanager_backends[DEFAULT_ACCOUNT_ID][os.environ["AWS_DEFAULT_REGION"]]
    for provider, values in CONFIGURED.items():
        current = stored.get_secret_value(os.environ[f"{provider.upper()}_SECRET_ID"], "", "AWSCURRENT")
        if current["SecretString"] != json.dumps(values):
            put_secret(provider, values)
    secrets.clear_cache()
