"""GET …/holdings: return the stored portfolio."""

from tidings.api.endpoint import endpoint
from tidings.portfolio.endpoint import get_holdings

lambda_handler = endpoint(get_holdings)
