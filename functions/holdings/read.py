"""GET …/holdings, GET /holdings/history, GET /holdings/changes: return what is stored."""

from tidings.api.endpoint import endpoint
from tidings.portfolio.endpoint import TIME_LIMIT_S, handle_request

lambda_handler = endpoint(handle_request, TIME_LIMIT_S)
