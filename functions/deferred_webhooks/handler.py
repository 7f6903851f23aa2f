"""Process webhooks that the store refused, from their queue."""

from tidings.aws.clients import create_clients
from tidings.webhooks import deferred

create_clients("dynamodb")
lambda_handler = deferred.handle
