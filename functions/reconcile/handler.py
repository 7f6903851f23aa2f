"""Catch missed webhooks: handle the schedule's event and the messages of the reconcile queue."""

from tidings.reconcile import handler

lambda_handler = handler.handle
