import pytest

from tests.support.stack import Stack

ALARMS = {
    "WebhookPlaidFailingAlarm",
    "WebhookPlaidThrottledAlarm",
    "WebhookPlaidUnconfiguredAlarm",
    "WebhookSnapTradeFailingAlarm",
    "WebhookSnapTradeThrottledAlarm",
    "WebhookSnapTradeUnconfiguredAlarm",
    "ApiFailingAlarm",
}


def test_the_alarms(stack: Stack) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    assert set(alarms) == ALARMS
    for alarm in alarms.values():
        assert alarm["Properties"]["TreatMissingData"] == "notBreaching", "no webhooks is no fault"


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_tells_the_topic_if_there_is_one(stack: Stack, name: str) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:alarms"
    told = Stack.translated(AlarmTopicArn=topic)
    assert "AlarmActions" not in stack.resolve(stack.template["Resources"][name]["Properties"])
    assert told.resolve(told.template["Resources"][name]["Properties"])["AlarmActions"] == [topic]


@pytest.mark.parametrize("provider", ["Plaid", "SnapTrade"])
def test_the_unconfigured_alarm_watches_the_metric_that_the_function_writes(stack: Stack, provider: str) -> None:
    function = stack.template["Resources"][f"Webhook{provider}Function"]["Properties"]
    environment = stack.resolve(function["Environment"]["Variables"])
    alarm = stack.resolve(stack.template["Resources"][f"Webhook{provider}UnconfiguredAlarm"]["Properties"])
    assert alarm["Namespace"] == environment["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["MetricName"] == "WebhookAuthUnconfigured"
    assert alarm["Dimensions"] == [
        {"Name": "service", "Value": environment["POWERTOOLS_SERVICE_NAME"]},
        {"Name": "provider", "Value": provider.lower()},
    ]
