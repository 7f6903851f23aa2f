"""List, make and end connections."""

from tidings.api.endpoint import endpoint
from tidings.connections.endpoint import TIME_LIMIT_S, handle_request

lambda_handler = endpoint(handle_request, TIME_LIMIT_S)
