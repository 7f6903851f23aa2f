"""POST …/holdings/refresh: fetch new data from the providers, once."""

from tidings.api.endpoint import endpoint
from tidings.refresh.endpoint import refresh

lambda_handler = endpoint(refresh)
