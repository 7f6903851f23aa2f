"""Collect the published exchange rates: handle the schedule's event."""

from tidings.exchange_rates import collect

lambda_handler = collect.handle
