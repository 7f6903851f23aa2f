"""GET …/holdings: the stored portfolio."""

from tidings import holdings
from tidings.web.endpoint import endpoint

lambda_handler = endpoint(holdings.show)
