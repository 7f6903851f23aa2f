"""Do the work that webhooks and paid refreshes leave in the tasks queue."""

from tidings import tasks
from tidings.aws.clients import create_clients

create_clients("dynamodb", "secretsmanager")
lambda_handler = tasks.handle
