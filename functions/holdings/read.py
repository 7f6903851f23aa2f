"""GET …/holdings, GET /holdings/history, GET /holdings/changes: return what is stored."""

import simplejson  # noqa: F401 - every response needs it

from tidings.api.endpoint import endpoint
from tidings.aws.clients import create_clients
from tidings.portfolio.endpoint import TIME_LIMIT_S, handle_request

create_clients("dynamodb")
lambda_handler = endpoint(handle_request, TIME_LIMIT_S)
