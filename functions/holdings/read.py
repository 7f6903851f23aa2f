"""GET …/holdings: the stored portfolio."""

from tidings.api.endpoint import endpoint
from tidings.portfolio import endpoint as holdings

lambda_handler = endpoint(holdings.get_holdings)
