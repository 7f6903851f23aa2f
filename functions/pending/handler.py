"""GET …/pending-updates and GET …/holdings/refresh: what a page polls."""

from tidings import pending
from tidings.web.endpoint import endpoint

lambda_handler = endpoint(pending.serve)
