"""The queue of tasks: encrypted, patient, and nothing that fails is lost or blocks what comes after it."""

from typing import Any

from tests.support.stack import Stack
from tidings import pulls


def _properties(stack: Stack, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = stack.resolve(stack.template["Resources"][name]["Properties"])
    return properties


def test_both_queues_are_encrypted(stack: Stack) -> None:
    queues = set(stack.of_type("AWS::SQS::Queue"))
    assert queues == {"TasksQueue", "TasksDeadLetterQueue"}
    assert all(_properties(stack, name)["SqsManagedSseEnabled"] is True for name in queues)


def test_what_keeps_failing_waits_in_the_dead_letter_queue_longer_than_it_was_tried(stack: Stack) -> None:
    queue, dead = _properties(stack, "TasksQueue"), _properties(stack, "TasksDeadLetterQueue")
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": "TasksDeadLetterQueue.Arn", "maxReceiveCount": 5}
    # SQS counts retention from the first sending, in the dead-letter queue too.
    assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600 > queue["MessageRetentionPeriod"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]


def test_a_message_is_not_seen_twice_while_the_function_is_at_it(stack: Stack) -> None:
    function = stack.template["Resources"]["TasksFunction"]["Properties"]
    assert _properties(stack, "TasksQueue")["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_a_paid_pull_ends_before_the_function_does(stack: Stack) -> None:
    assert stack.template["Resources"]["TasksFunction"]["Properties"]["Timeout"] >= pulls._CALLING_S + 10


def test_only_what_fails_is_delivered_again(stack: Stack) -> None:
    assert _properties(stack, "TasksEventSource") == {
        "EventSourceArn": "TasksQueue.Arn",
        "FunctionName": "TasksFunction",
        "BatchSize": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 10},
    }


def test_a_task_that_gave_up_raises_an_alarm(stack: Stack) -> None:
    alarm = _properties(stack, "TasksDeadLetterAlarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "TasksDeadLetterQueue.QueueName"}]
    assert alarm["Threshold"] == 1


def test_only_the_plaid_webhook_sends_and_only_the_tasks_function_receives(stack: Stack) -> None:
    of_the_queue = {(one.function, one.action) for one in stack.permissions.all if one.action.startswith("sqs:")}
    assert of_the_queue == {
        ("WebhookPlaidFunction", "sqs:SendMessage"),
        ("TasksFunction", "sqs:ReceiveMessage"),
        ("TasksFunction", "sqs:DeleteMessage"),
        ("TasksFunction", "sqs:GetQueueAttributes"),
    }
    assert {one.resource for one in stack.permissions.all if one.action.startswith("sqs:")} == {"TasksQueue"}
