"""What no webhook told: the schedule's event, and messages of the reconcile queue."""

from tidings import reconcile

lambda_handler = reconcile.handle
