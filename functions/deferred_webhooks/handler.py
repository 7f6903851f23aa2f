"""Webhooks that the store refused when they came: messages of their queue."""

from tidings.webhooks import deferred

lambda_handler = deferred.handle
