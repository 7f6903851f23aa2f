"""The queues: encrypted, patient, and nothing that fails is lost or blocks what comes after it."""

import json
from typing import Any

import pytest

from tests.support.aws.generations import deployed_resources
from tests.support.aws.stack import Stack
from tidings.announce import delivery
from tidings.providers.plaid import verification_keys
from tidings.refresh import paid_refresh
from tidings.webhooks import receive

QUEUES = {"TasksQueue": 1, "DeferredWebhooksQueue": 5, "ReconcileQueue": 5, "NotifyQueue": 1}
"""How many of its messages a function gets at once."""
INTERNAL_QUEUES = QUEUES.keys() - {"NotifyQueue"}
"""Queues of every deployment."""
SOURCES_ONLY = {"dynamodb": {"Keys": {"entry": {"S": [{"prefix": "source#"}]}}}}
SENDING = {
    ("AnnounceFunction", "NotifyQueue"),
    ("NotifyFunction", "NotifyDeadLetterQueue"),
    ("RefreshFunction", "ReconcileQueue"),
    ("WebhookPlaidFunction", "TasksQueue"),
    ("WebhookPlaidFunction", "DeferredWebhooksQueue"),
    ("WebhookSnapTradeFunction", "DeferredWebhooksQueue"),
    ("DeferredWebhooksFunction", "TasksQueue"),
    ("WebhookPlaidFunction", "ReconcileQueue"),
    ("WebhookSnapTradeFunction", "ReconcileQueue"),
    ("DeferredWebhooksFunction", "ReconcileQueue"),
    ("ReconcileFunction", "ReconcileQueue"),
}


def _properties(stack: Stack, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = stack.resolve(stack.template["Resources"][name]["Properties"])
    return properties


def test_every_queue_is_encrypted_and_has_its_own_dead_letter_queue(stack: Stack) -> None:
    queues = {name: _properties(stack, name) for name in stack.resources_of_type("AWS::SQS::Queue")}
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    leads = {
        name: queue["RedrivePolicy"]["deadLetterTargetArn"] for name, queue in queues.items() if "Dead" not in name
    }
    assert leads == {name: name.replace("Queue", "DeadLetterQueue.Arn") for name in QUEUES}
    assert set(queues) == {*QUEUES, *(name.replace("Queue", "DeadLetterQueue") for name in QUEUES)}


def test_deferred_queue_outlasts_a_day_of_store_outage(stack: Stack) -> None:
    queue, dead = _properties(stack, "DeferredWebhooksQueue"), _properties(stack, "DeferredWebhooksDeadLetterQueue")
    tried_for_s = queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"]
    assert queue["MessageRetentionPeriod"] == dead["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert 24 * 3600 <= tried_for_s < queue["MessageRetentionPeriod"] / 2


def test_webhook_function_times_out_before_plaid(stack: Stack) -> None:
    """A cold start and the look-up of a key are within the rest; the function itself is not killed before."""
    answered_s = receive.STORE_UNTIL_S + receive.QUEUE_S
    assert answered_s <= 8
    assert verification_keys.LOOKUP_DEADLINE_S + receive.LEAST_STORE_S <= receive.STORE_UNTIL_S
    for name in ("WebhookPlaidFunction", "WebhookSnapTradeFunction"):
        assert stack.template["Resources"][name]["Properties"]["Timeout"] >= answered_s + 5


def test_dead_letter_retention_exceeds_retry_period(stack: Stack) -> None:
    queue, dead = _properties(stack, "TasksQueue"), _properties(stack, "TasksDeadLetterQueue")
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": "TasksDeadLetterQueue.Arn", "maxReceiveCount": 5}
    # SQS counts retention from the first sending, in the dead-letter queue too.
    assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600 > queue["MessageRetentionPeriod"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("queue", QUEUES)
def test_visibility_timeout_exceeds_function_timeout(stack: Stack, queue: str) -> None:
    function = stack.template["Resources"][queue.replace("Queue", "Function")]["Properties"]
    assert _properties(stack, queue)["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_paid_refresh_times_out_before_its_function(stack: Stack) -> None:
    assert stack.template["Resources"]["TasksFunction"]["Properties"]["Timeout"] >= paid_refresh._CALL_TIMEOUT_S + 10


@pytest.mark.parametrize("queue", QUEUES)
def test_only_failed_messages_are_redelivered(stack: Stack, queue: str) -> None:
    source = _properties(stack, queue.replace("Queue", "EventSource"))
    source["ScalingConfig"] = {"MaximumConcurrency": str(source["ScalingConfig"]["MaximumConcurrency"])}
    assert source == {
        "EventSourceArn": f"{queue}.Arn",
        "FunctionName": queue.replace("Queue", "FunctionAliaslive"),
        "BatchSize": QUEUES[queue],
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": "2"},
    }


def test_queues_together_leave_capacity_in_a_new_account(stack: Stack) -> None:
    """A new account often has ten concurrent executions for users, webhooks and queues."""
    limits = [_properties(stack, queue.replace("Queue", "EventSource"))["ScalingConfig"] for queue in INTERNAL_QUEUES]
    assert sum(int(one["MaximumConcurrency"]) for one in limits) <= 6
    wider = Stack.from_template(BackgroundConcurrency="5")
    for queue in INTERNAL_QUEUES:
        source = _properties(wider, queue.replace("Queue", "EventSource"))
        assert source["ScalingConfig"] == {"MaximumConcurrency": "5"}


@pytest.mark.threat(id="slow-host")
def test_slow_host_occupies_two_executions_at_most() -> None:
    """However many of the others are allowed: two is the least that Lambda takes."""
    wider = Stack.from_template(NotifyUrl="https://app.example.com/tidings", BackgroundConcurrency="50")
    assert _properties(wider, "NotifyEventSource")["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_without_an_address_no_notification_resource_is_deployed(stack: Stack) -> None:
    plain = Stack.from_template()
    added = deployed_resources(stack).keys() - deployed_resources(plain).keys()
    assert {"NotifyQueue", "NotifyFunction", "NotifySecret", "NotifyRefusedAlarm"} < added
    assert added == {name for name in stack.template["Resources"] if name.startswith("Notify")}
    assert "NotifyQueue" not in str(plain.resolve(plain.template["Resources"]["QueuesRequireTls"]["Properties"]))
    assert not {one for one in plain.permissions.all if one.function == "AnnounceFunction" and "Notify" in one.resource}


def test_announcements_are_dropped_within_a_minute_and_counted(stack: Stack) -> None:
    source = _properties(stack, "AnnounceEventSource")
    assert source == {
        "EventSourceArn": "UpdateStateTable.StreamArn",
        "FunctionName": "AnnounceFunctionAliaslive",
        "StartingPosition": "LATEST",
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps(SOURCES_ONLY)}]},
        "BatchSize": 25,
        "ParallelizationFactor": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 2,
        "MaximumRecordAgeInSeconds": 60,
        "MetricsConfig": {"Metrics": ["EventCount"]},
    }
    alarm = _properties(stack, "AnnounceDroppedAlarm")
    assert (alarm["MetricName"], alarm["Threshold"]) == ("DroppedEventCount", 1)
    assert alarm["Dimensions"] == [{"Name": "EventSourceMappingUUID", "Value": "AnnounceEventSource"}]
    assert _properties(stack, "UpdateStateTable")["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_notification_is_tried_for_most_of_a_day(stack: Stack) -> None:
    """The last failure makes a dead letter at once, before SQS would drop the message."""
    queue = _properties(stack, "NotifyQueue")
    assert queue["RedrivePolicy"]["maxReceiveCount"] == len(delivery.RETRY_DELAYS_S) + 1
    longest_s = sum(delivery.RETRY_DELAYS_S) * 1.1 + queue["RedrivePolicy"]["maxReceiveCount"] * 15
    assert 18 * 3600 < longest_s < 24 * 3600 < queue["MessageRetentionPeriod"]
    assert (min(delivery.RETRY_DELAYS_S), max(delivery.RETRY_DELAYS_S)) == (5, 6 * 3600)


def test_every_queue_refuses_unencrypted_connections(stack: Stack) -> None:
    [policy] = stack.resources_of_type("AWS::SQS::QueuePolicy").values()
    properties = stack.resolve(policy["Properties"])
    assert set(properties["Queues"]) == set(stack.resources_of_type("AWS::SQS::Queue"))
    [statement] = properties["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("queue", QUEUES)
def test_dead_letter_raises_an_alarm(stack: Stack, queue: str) -> None:
    alarm = _properties(stack, queue.replace("Queue", "DeadLetterAlarm"))
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue.replace("Queue", "DeadLetterQueue.QueueName")}]
    assert alarm["Threshold"] == 1


@pytest.mark.threat(id="foreign-message")
def test_queue_senders_and_receivers_are_as_expected(stack: Stack) -> None:
    used = [one for one in stack.permissions.all if one.action.startswith("sqs:")]
    sending = {(one.function, one.resource) for one in used if one.action == "sqs:SendMessage"}
    assert sending == SENDING
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        receiving = {(one.function, one.resource) for one in used if one.action == f"sqs:{action}"}
        assert receiving == {(queue.replace("Queue", "Function"), queue) for queue in QUEUES}
    postponing = {(one.function, one.resource) for one in used if one.action == "sqs:ChangeMessageVisibility"}
    assert postponing == {("NotifyFunction", "NotifyQueue")}
