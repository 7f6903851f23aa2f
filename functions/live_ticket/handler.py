"""POST /live-ticket: tickets for live updates."""

from tidings.api.endpoint import endpoint
from tidings.aws.clients import create_clients
from tidings.live.ticket_endpoint import TIME_LIMIT_S, handle_request

create_clients("dynamodb", "secretsmanager")
lambda_handler = endpoint(handle_request, TIME_LIMIT_S)
