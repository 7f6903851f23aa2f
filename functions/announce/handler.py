"""Announce changes of sources: handle the records of UpdateState's stream."""

from tidings.announce import handler
from tidings.aws.clients import create_clients

create_clients("secretsmanager", "sqs")
lambda_handler = handler.handle
