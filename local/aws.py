"""Create clients of the local AWS services, one of each for an endpoint: creating one takes longer than a call."""

from functools import cache
from typing import TYPE_CHECKING

from local.account import REGION

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_kms import KMSClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sqs import SQSClient


@cache
def _config() -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2}, proxies={}, user_agent="tidings-local"
    )


@cache
def _session() -> "boto3.Session":
    import boto3  # here: MiniStack and the simulators start before boto3 is loaded, which takes 0.3 s

    return boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)


@cache
def dynamodb(endpoint: str) -> "DynamoDBClient":
    """Return a DynamoDB client."""
    return _session().client("dynamodb", endpoint_url=endpoint, config=_config())


@cache
def kms(endpoint: str) -> "KMSClient":
    """Return a KMS client."""
    return _session().client("kms", endpoint_url=endpoint, config=_config())


@cache
def secretsmanager(endpoint: str) -> "SecretsManagerClient":
    """Return a Secrets Manager client."""
    return _session().client("secretsmanager", endpoint_url=endpoint, config=_config())


@cache
def sqs(endpoint: str) -> "SQSClient":
    """Return an SQS client."""
    return _session().client("sqs", endpoint_url=endpoint, config=_config())
