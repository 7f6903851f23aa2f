"""Webhooks that the store refused when they came: messages of their queue."""

from tidings import deferral

lambda_handler = deferral.handle
