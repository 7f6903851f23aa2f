"""Read the queues of a local cloud."""

from local import aws
from local.cloud import LocalCloud


def messages_left(cloud: LocalCloud, queue: str) -> int:
    """Return the number of messages in a queue, including those in flight. `queue`: its logical id."""
    attributes = aws.sqs(cloud.ministack_url).get_queue_attributes(
        QueueUrl=cloud.physical[queue],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(number) for number in attributes.values())
