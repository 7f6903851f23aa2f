"""The stack's tables, key and secrets on moto, made from template.yaml. Single-threaded use of an engine that locks."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

from local.translation import load_template
from tests.support.stack import ROOT

TABLES = {
    "ProviderItemsTable": "PROVIDER_ITEMS",
    "UpdateStateTable": "UPDATE_STATE",
    "HoldingsTable": "HOLDINGS",
    "SessionsTable": "SESSIONS",
    "LinkSessionsTable": "LINK_SESSIONS",
    "WebhookEventsTable": "WEBHOOK_EVENTS",
}
PLAID = {"client_id": "sim-plaid-client", "secret": "sim-plaid-secret"}
SNAPTRADE = {"client_id": "SIM-SNAPTRADE", "consumer_key": "sim-snaptrade-consumer-key"}

_engine = threading.RLock()
_call_action = DynamoHandler.call_action


def _one_at_a_time(handler: DynamoHandler) -> Any:  # noqa: ANN401 - moto's own answer
    # moto has no lock: a cancelled transaction undoes what other threads wrote meanwhile.
    with _engine:
        return _call_action(handler)


DynamoHandler.call_action = _one_at_a_time  # type: ignore[method-assign]


def table_name(logical_id: str) -> str:
    return os.environ[f"{TABLES[logical_id]}_TABLE"]


def create_tables(dynamodb: Any) -> None:  # noqa: ANN401 - boto3's client
    resources = load_template(ROOT / "template.yaml")["Resources"]
    for logical_id in TABLES:
        properties = resources[logical_id]["Properties"]
        wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        dynamodb.create_table(
            TableName=table_name(logical_id),
            BillingMode="PAY_PER_REQUEST",
            **{name: properties[name] for name in wanted if name in properties},
        )


@contextmanager
def moto_cloud() -> Iterator[Any]:
    """Yields a DynamoDB client of the mocked account."""
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_tables(dynamodb)
        kms = boto3.client("kms")
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=os.environ["CREDENTIAL_KEY_ID"], TargetKeyId=key_id)
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name=os.environ["PLAID_SECRET_ID"], SecretString=json.dumps(PLAID))
        secrets.create_secret(Name=os.environ["SNAPTRADE_SECRET_ID"], SecretString=json.dumps(SNAPTRADE))
        yield dynamodb
