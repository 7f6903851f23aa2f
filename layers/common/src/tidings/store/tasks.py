"""The queue of what is left to the tasks function: at least once, in any order."""

from tidings import settings
from tidings.aws import queues
from tidings.model import Task


def send_task(task: Task) -> None:
    """StoreUnavailable when the queue does not answer: then the task is not sent, or sent and not known to be."""
    queues.send_message(settings.tasks_queue_url(), task.kind, task.about)
