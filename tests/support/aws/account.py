"""The stack's tables, key and secrets in an AWS account (moto's or MiniStack's), made from template.yaml."""

import json
import os
from typing import Any

import boto3
from botocore.config import Config

from local.translation import load_template
from tests.support.aws.stack import ROOT

TABLES = {
    "ProviderItemsTable": "PROVIDER_ITEMS",
    "UpdateStateTable": "UPDATE_STATE",
    "HoldingsTable": "HOLDINGS",
    "SessionsTable": "SESSIONS",
    "LinkSessionsTable": "LINK_SESSIONS",
    "WebhookEventsTable": "WEBHOOK_EVENTS",
    "ProviderBudgetsTable": "PROVIDER_BUDGETS",
    "WebhookKeysTable": "WEBHOOK_KEYS",
    "ExchangeRatesTable": "EXCHANGE_RATES",
    "HistoryTable": "HISTORY",
}
TASKS = "tasks"
DEFERRED_WEBHOOKS = "deferred-webhooks"
RECONCILE = "reconcile"
NOTIFY = "notify"
NOTIFY_DEAD_LETTER = "notify-dead-letter"
PLAID = {"client_id": "sim-plaid-client", "secret": "sim-plaid-secret"}
LIVE_TICKET = {"key": "live-ticket-key-of-the-tests"}
LIVE_CHANNEL = {"key": "live-channel-key-of-the-tests"}
SNAPTRADE = {"client_id": "SIM-SNAPTRADE", "consumer_key": "sim-snaptrade-consumer-key"}

SIGNING = {"signing_secret": "whsec_c2lnbmluZy1rZXktb2YtdGhlLXRlc3RzLW9ubHk="}


def table_name(logical_id: str) -> str:
    return os.environ[f"{TABLES[logical_id]}_TABLE"]


def provision(endpoint: str | None = None) -> Any:  # noqa: ANN401 - boto3's client
    """Create all resources, on AWS or at `endpoint`, and return a DynamoDB client of the account."""
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint, config=Config(user_agent="tests"))
    create_tables(dynamodb)
    kms = boto3.client("kms", endpoint_url=endpoint)
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=os.environ["CREDENTIAL_KEY_ID"], TargetKeyId=key_id)
    secrets = boto3.client("secretsmanager", endpoint_url=endpoint)
    secrets.create_secret(Name=os.environ["PLAID_SECRET_ID"], SecretString=json.dumps(PLAID))
    secrets.create_secret(Name=os.environ["SNAPTRADE_SECRET_ID"], SecretString=json.dumps(SNAPTRADE))
    secrets.create_secret(Name=os.environ["LIVE_TICKET_SECRET_ID"], SecretString=json.dumps(LIVE_TICKET))
    secrets.create_secret(Name=os.environ["LIVE_CHANNEL_SECRET_ID"], SecretString=json.dumps(LIVE_CHANNEL))
    secrets.create_secret(Name=os.environ["NOTIFY_SECRET_ID"], SecretString=json.dumps(SIGNING))
    sqs = boto3.client("sqs", endpoint_url=endpoint)
    for queue in (TASKS, DEFERRED_WEBHOOKS, RECONCILE, NOTIFY, NOTIFY_DEAD_LETTER):
        sqs.create_queue(QueueName=queue)
    return dynamodb


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
