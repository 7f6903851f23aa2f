"""Do the work that webhooks and paid refreshes leave in the tasks queue."""

from tidings import tasks

lambda_handler = tasks.handle
