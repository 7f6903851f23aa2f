"""Receive SnapTrade's webhooks, at the function URL and behind the API."""

from tidings.api.endpoint import endpoint
from tidings.api.request import Request
from tidings.api.response import Response
from tidings.webhooks import receive


def _receive(request: Request) -> Response:
    return receive.receive("snaptrade", request)


lambda_handler = endpoint(_receive, receive.TIME_LIMIT_S)
