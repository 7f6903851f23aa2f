"""What no webhook told: the schedule's event, and messages of the reconcile queue."""

from tidings.reconcile import handler

lambda_handler = handler.handle
