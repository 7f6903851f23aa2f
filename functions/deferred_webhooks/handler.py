"""Process webhooks that the store refused, from their queue."""

from tidings.webhooks import deferred

lambda_handler = deferred.handle
