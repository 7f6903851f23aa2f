"""List the deployment's queues, each with its dead letters."""

import json
from dataclasses import dataclass

from tidings_cli.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Queue:
    """`name`: the logical id. SQS's counts are approximate."""

    name: str
    url: str
    arn: str
    waiting: int
    in_flight: int
    dead_letters: int
    dead_letters_url: str | None


def list_queues(deployment: Deployment) -> list[Queue]:
    """List every queue that a function processes; a dead-letter queue is part of its source queue."""
    described = {name: _attributes(url) for name, url in deployment.of_kind("AWS::SQS::Queue").items()}
    by_arn = {one["QueueArn"]: one for one in described.values()}
    urls = {one["QueueArn"]: deployment.physical(name) for name, one in described.items()}
    dead = {arn for one in described.values() if (arn := _dead_letter_arn(one))}
    return [
        Queue(
            name=name,
            url=deployment.physical(name),
            arn=one["QueueArn"],
            waiting=_visible(one) + int(one.get("ApproximateNumberOfMessagesDelayed", 0)),
            in_flight=int(one.get("ApproximateNumberOfMessagesNotVisible", 0)),
            dead_letters=_visible(by_arn.get(_dead_letter_arn(one) or "", {})),
            dead_letters_url=urls.get(_dead_letter_arn(one) or ""),
        )
        for name, one in described.items()
        if one["QueueArn"] not in dead
    ]


def _attributes(url: str) -> dict[str, str]:
    from tidings.aws import clients

    found: dict[str, str] = clients.aws_client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
        "Attributes"
    ]
    return found


def _visible(attributes: dict[str, str]) -> int:
    return int(attributes.get("ApproximateNumberOfMessages", 0))


def _dead_letter_arn(attributes: dict[str, str]) -> str | None:
    policy = attributes.get("RedrivePolicy")
    return json.loads(policy)["deadLetterTargetArn"] if policy else None
