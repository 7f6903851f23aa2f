"""Connecting, listing and ending connections."""

from tidings.api.endpoint import endpoint
from tidings.connections import endpoint as connections

lambda_handler = endpoint(connections.handle_request)
