"""Limits of the queues and their functions that depend on each other, and on the code's own time limits."""

from typing import Any

import pytest

from tests.support.aws.stack import Stack
from tidings.reconcile import status_check
from tidings.webhooks import receive

QUEUES = ("TasksQueue", "DeferredWebhooksQueue", "ReconcileQueue", "NotifyQueue")
LONGEST_RETENTION_S = 14 * 24 * 3600
"""SQS keeps no message longer (MessageRetentionPeriod)."""
START_S = 5
"""A cold start, and what is read before the first message."""


def _properties(stack: Stack, name: str) -> Any:  # noqa: ANN401 - as untyped as the template
    return stack.resolve(stack.template["Resources"][name]["Properties"])


@pytest.mark.parametrize("queue", QUEUES)
def test_dead_letters_are_kept_as_long_as_possible(stack: Stack, queue: str) -> None:
    dead = _properties(stack, queue.replace("Queue", "DeadLetterQueue"))
    assert dead["MessageRetentionPeriod"] == LONGEST_RETENTION_S


@pytest.mark.parametrize("queue", QUEUES)
def test_last_attempt_comes_within_retention(stack: Stack, queue: str) -> None:
    """Otherwise SQS drops a message that would have gone to the dead letters."""
    properties = _properties(stack, queue)
    tried_for_s = properties["RedrivePolicy"]["maxReceiveCount"] * properties["VisibilityTimeout"]
    assert tried_for_s < properties["MessageRetentionPeriod"] <= LONGEST_RETENTION_S


@pytest.mark.parametrize("queue", QUEUES)
def test_message_is_tried_again_before_it_is_dead(stack: Stack, queue: str) -> None:
    assert _properties(stack, queue)["RedrivePolicy"]["maxReceiveCount"] >= 3


@pytest.mark.parametrize(
    ("queue", "message_s"),
    [("ReconcileQueue", status_check._CHECK_TIMEOUT_S), ("DeferredWebhooksQueue", receive.STORE_UNTIL_S)],
)
def test_function_has_time_for_whole_batch(stack: Stack, queue: str, message_s: float) -> None:
    batch = _properties(stack, queue.replace("Queue", "EventSource"))["BatchSize"]
    assert batch * message_s + START_S <= _properties(stack, queue.replace("Queue", "Function"))["Timeout"]
