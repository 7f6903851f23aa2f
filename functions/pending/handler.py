"""GET …/pending-updates and GET …/holdings/refresh: the routes that a page polls."""

from tidings.api.endpoint import endpoint
from tidings.aws.clients import create_clients
from tidings.pending.endpoint import TIME_LIMIT_S, handle_request

create_clients("dynamodb")
lambda_handler = endpoint(handle_request, TIME_LIMIT_S)
