"""Plaid's webhooks, at the function URL and behind the API."""

from tidings import webhooks
from tidings.web.endpoint import endpoint
from tidings.web.request import Request
from tidings.web.response import Answer


@endpoint
def lambda_handler(request: Request) -> Answer:
    return webhooks.receive("plaid", request)
