"""What webhooks and paid refreshes left to do: messages of the tasks queue."""

from tidings import tasks

lambda_handler = tasks.handle
