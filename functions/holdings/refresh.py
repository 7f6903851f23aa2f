"""POST …/holdings/refresh: fetch new data from the providers, once."""

from tidings.api.endpoint import endpoint
from tidings.refresh.endpoint import TIME_LIMIT_S, refresh

lambda_handler = endpoint(refresh, TIME_LIMIT_S)
