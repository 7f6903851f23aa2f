"""POST …/holdings/refresh: ask the brokers, once."""

from tidings.api.endpoint import endpoint
from tidings.refresh import endpoint as refresh

lambda_handler = endpoint(refresh.refresh)
