"""GET …/holdings: return the stored portfolio."""

import simplejson  # noqa: F401 - every response needs it

from tidings.api.endpoint import endpoint
from tidings.aws.clients import create_clients
from tidings.portfolio.endpoint import TIME_LIMIT_S, get_holdings

create_clients("dynamodb")
lambda_handler = endpoint(get_holdings, TIME_LIMIT_S)
