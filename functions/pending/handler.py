"""GET …/pending-updates and GET …/holdings/refresh: what a page polls."""

from tidings.api.endpoint import endpoint
from tidings.pending import endpoint as pending

lambda_handler = endpoint(pending.handle_request)
