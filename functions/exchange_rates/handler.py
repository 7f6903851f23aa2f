"""Collect the published exchange rates: handle the schedule's event."""

from tidings.aws.clients import create_clients
from tidings.exchange_rates import collect

create_clients("dynamodb")
lambda_handler = collect.handle
