"""Receive Plaid's webhooks, at the function URL and behind the API."""

from tidings.api.endpoint import endpoint
from tidings.api.request import Request
from tidings.api.response import Response
from tidings.webhooks import receive


@endpoint
def lambda_handler(request: Request) -> Response:
    return receive.receive("plaid", request)
