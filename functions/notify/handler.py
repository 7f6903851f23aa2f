"""Deliver notifications to the host's backend, from their queue."""

from tidings.announce import delivery
from tidings.aws.clients import create_clients

create_clients("dynamodb", "secretsmanager", "sqs")
lambda_handler = delivery.handle
