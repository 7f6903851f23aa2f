"""GET …/pending-updates: whether the user's brokers have news."""

from tidings import pending
from tidings.web.endpoint import endpoint

lambda_handler = endpoint(pending.show)
