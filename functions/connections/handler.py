"""Connecting, listing and ending connections."""

from tidings import connections
from tidings.web.endpoint import endpoint

lambda_handler = endpoint(connections.serve)
