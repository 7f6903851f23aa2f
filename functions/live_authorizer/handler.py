"""Decide who may listen to live updates: the authorizer of the AppSync API."""

from tidings.aws.clients import create_clients
from tidings.live import authorizer

create_clients("secretsmanager")
lambda_handler = authorizer.handle
