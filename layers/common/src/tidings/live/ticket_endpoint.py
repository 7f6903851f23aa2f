"""POST /live-ticket: give a signed-in user a ticket for the user's own channel. Never calls a provider."""

from tidings import clock, settings
from tidings.api.request import Request
from tidings.api.response import Response, json_response
from tidings.api.response_types import LiveTicket
from tidings.auth.current_user import current_user
from tidings.errors import LiveUpdatesOff
from tidings.live.channels import channel_name, channel_path
from tidings.live.tickets import issue_ticket
from tidings.provider_access.rate_limits import limit_live_tickets

TIME_LIMIT_S = 8.0
"""For one request. The function is killed after 10 s."""


def handle_request(request: Request) -> Response:
    """Issue a ticket. Raises LiveUpdatesOff, or TooManyRequests if the minute's limit is reached."""
    user = current_user(request)
    endpoints = settings.live_endpoints()
    if endpoints is None:
        raise LiveUpdatesOff
    limit_live_tickets(user)
    channel = channel_name(user.user_id)
    ticket, expires_at = issue_ticket(channel, clock.now_ms())
    body: LiveTicket = {
        "ticket": ticket,
        "channel": channel_path(channel),
        "websocket_url": endpoints.websocket_url,
        "http_host": endpoints.http_host,
        "expires_at": clock.iso(expires_at * 1000) or "",
    }
    return json_response(200, body)
