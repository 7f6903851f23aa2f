"""Catch missed webhooks: handle the schedule's event and the messages of the reconcile queue."""

from tidings.aws.clients import create_clients
from tidings.reconcile import handler

create_clients("dynamodb", "sqs")
lambda_handler = handler.handle
