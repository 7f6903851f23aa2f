"""Receive Plaid's webhooks, at the function URL and behind the API."""

from functools import partial

from tidings.api.endpoint import endpoint
from tidings.aws.clients import create_clients
from tidings.webhooks import receive

receive.preload("plaid")
create_clients("dynamodb", "secretsmanager")
lambda_handler = endpoint(partial(receive.receive, "plaid"), receive.TIME_LIMIT_S, receive.REFUSAL_LINES)
