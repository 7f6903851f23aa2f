import pytest

from tests.support.stack import Stack

ALARMS = {
    "WebhookPlaidFailingAlarm",
    "WebhookPlaidThrottledAlarm",
    "WebhookPlaidUnconfiguredAlarm",
    "WebhookSnapTradeFailingAlarm",
    "WebhookSnapTradeThrottledAlarm",
    "WebhookSnapTradeUnconfiguredAlarm",
    "PlaidMisconfiguredAlarm",
    "SnapTradeMisconfiguredAlarm",
    "TasksDeadLetterAlarm",
    "WebhookPlaidDeferredAlarm",
    "WebhookSnapTradeDeferredAlarm",
    "DeferredWebhooksDeadLetterAlarm",
    "ReconcileDeadLetterAlarm",
    "ReconcileFailingAlarm",
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
@pytest.mark.parametrize(
    ("function", "alarm", "metric"),
    [
        ("Webhook{provider}Function", "Webhook{provider}UnconfiguredAlarm", "WebhookAuthUnconfigured"),
        ("Webhook{provider}Function", "Webhook{provider}DeferredAlarm", "WebhookDeferred"),
        ("RefreshFunction", "{provider}MisconfiguredAlarm", "ProviderMisconfigured"),
    ],
)
def test_an_alarm_watches_the_metric_that_the_function_writes(
    stack: Stack, provider: str, function: str, alarm: str, metric: str
) -> None:
    resources = stack.template["Resources"]
    writing = resources[function.format(provider=provider)]["Properties"]
    environment = stack.resolve(writing["Environment"]["Variables"])
    watching = stack.resolve(resources[alarm.format(provider=provider)]["Properties"])
    assert watching["Namespace"] == environment["POWERTOOLS_METRICS_NAMESPACE"]
    assert watching["MetricName"] == metric
    assert watching["Dimensions"] == [
        {"Name": "service", "Value": environment["POWERTOOLS_SERVICE_NAME"]},
        {"Name": "provider", "Value": provider.lower()},
    ]
