"""What webhooks left to do: batches of the tasks queue."""

from tidings import tasks

lambda_handler = tasks.handle
