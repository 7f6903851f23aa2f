"""What no webhook told: the schedule's event, and messages of the reconcile queue."""

from tidings.reconcile import handler as reconcile

lambda_handler = reconcile.handle
