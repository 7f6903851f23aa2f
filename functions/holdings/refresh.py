"""POST …/holdings/refresh: ask the brokers, once."""

from tidings import refresh
from tidings.web.endpoint import endpoint

lambda_handler = endpoint(refresh.refresh)
