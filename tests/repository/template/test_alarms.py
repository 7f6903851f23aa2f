"""Alarms: each watches what exists, leads to its runbook line, and tells the topic if there is one."""

import json
import re

import pytest

from tests.support.aws.stack import Stack
from tests.support.drivers.function_run import function_of_service
from tests.support.drivers.watched_metrics import (
    OWN,
    WatchedMetric,
    alarm_metrics,
    all_alarm_metrics,
    dashboard_metrics,
    dashboard_widgets,
)

ALARMS = {
    *(
        f"Webhook{provider}{what}Alarm"
        for provider in ("Plaid", "SnapTrade")
        for what in ("Failing", "Throttled", "Unconfigured", "Deferred", "Forged", "Stale")
    ),
    *(f"{provider}{what}Alarm" for provider in ("Plaid", "SnapTrade") for what in ("Misconfigured", "Silent")),
    *(f"{queue}{what}Alarm" for queue in ("Tasks", "DeferredWebhooks", "Reconcile") for what in ("DeadLetter", "Age")),
    "SnapTradeWebhookAuthDisabledAlarm",
    "IssuerUnavailableAlarm",
    "ReconcileFailingAlarm",
    "ReconcileNotRunAlarm",
    "ExchangeRatesStaleAlarm",
    "ItemLostAlarm",
    "AnnounceDroppedAlarm",
    "LiveAuthorizerFailingAlarm",
    *(f"Notify{what}Alarm" for what in ("Refused", "DeadLetter", "Failing")),
    "BugAlarm",
    "FunctionsFailingAlarm",
    "FrontEndThrottledAlarm",
    "ApiFailingAlarm",
    "ApiThrottledAlarm",
    "ApiWebhooksThrottledAlarm",
    "StoreReadsThrottledAlarm",
    "StoreWritesThrottledAlarm",
}
SILENT_ON_MISSING = "notBreaching"
AWS_METRICS = {
    ("AWS/Lambda", "FunctionName"): (
        "AWS::Lambda::Function",
        {"Invocations", "Errors", "Throttles", "Duration", "Url5xxCount"},
    ),
    ("AWS/Lambda", "EventSourceMappingUUID"): ("AWS::Lambda::EventSourceMapping", {"DroppedEventCount"}),
    ("AWS/SQS", "QueueName"): (
        "AWS::SQS::Queue",
        {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    ),
    ("AWS/ApiGateway", "ApiId"): ("AWS::ApiGatewayV2::Api", {"Count", "4xx", "5xx"}),
    ("AWS/DynamoDB", "TableName"): (
        "AWS::DynamoDB::Table",
        {
            "ReadThrottleEvents",
            "WriteThrottleEvents",
            "ConsumedReadCapacityUnits",
            "ConsumedWriteCapacityUnits",
        },
    ),
}
"""What AWS publishes of a resource of this type, by this dimension (and a table's index, by its own too)."""


def aws_metrics(found: list[WatchedMetric]) -> list[WatchedMetric]:
    return [metric for metric in found if metric.namespace != OWN]


def test_template_has_expected_alarms(stack: Stack) -> None:
    alarms = stack.resources_of_type("AWS::CloudWatch::Alarm")
    assert set(alarms) == ALARMS
    missing = {name: alarm["Properties"]["TreatMissingData"] for name, alarm in alarms.items()}
    assert missing.pop("ReconcileNotRunAlarm") == "breaching", "that it says nothing is what is wrong"
    assert set(missing.values()) == {SILENT_ON_MISSING}, "no webhooks is no fault"


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_alarm_description_names_its_runbook_line(stack: Stack, name: str) -> None:
    description = stack.template["Resources"][name]["Properties"]["AlarmDescription"]
    assert description.endswith(f". Runbook: docs/operations.md, {name}.")
    assert len(description) < 1024


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_alarm_notifies_the_topic_if_configured(stack: Stack, told: Stack, name: str) -> None:
    silent = stack.resolve(stack.template["Resources"][name]["Properties"])
    assert not {"AlarmActions", "OKActions"} & silent.keys()
    loud = told.resolve(told.template["Resources"][name]["Properties"])
    assert loud["AlarmActions"] == loud["OKActions"] == [TOPIC], "also when it is over"


TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"


@pytest.fixture(scope="module")
def told() -> Stack:
    return Stack.from_template(AlarmTopicArn=TOPIC)


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_alarm_expression_uses_all_metrics_and_returns_one_value(stack: Stack, name: str) -> None:
    properties = stack.resolve(stack.template["Resources"][name]["Properties"])
    queries = properties.get("Metrics", [])
    if not queries:
        assert {"Namespace", "MetricName", "Dimensions", "Statistic", "Period"} <= properties.keys()
        return
    stats = {query["Id"] for query in queries if "MetricStat" in query}
    expressions = {query["Id"]: query["Expression"] for query in queries if "Expression" in query}
    [returned] = [query["Id"] for query in queries if query.get("ReturnData", True)]
    written = " ".join(expressions.values())
    used = stats if "METRICS()" in written else set(re.findall(r"\b[a-z]\w*\b", written)) & {*stats, *expressions}
    assert (stats | expressions.keys()) - used == {returned}
    assert returned in expressions
    assert len(stats) <= 10, "CloudWatch's limit for an alarm"
    assert len({query["MetricStat"]["Period"] for query in queries if "MetricStat" in query}) == 1


def test_alarm_periods_are_within_cloudwatch_limits(stack: Stack) -> None:
    """A day for periods below an hour, seven days from then on; at the parameters' highest values."""
    longest = Stack.from_template(SilenceAlarmHours="168", ReconcileAlarmHours="168")
    for alarm in longest.resources_of_type("AWS::CloudWatch::Alarm").values():
        properties = longest.resolve(alarm["Properties"])
        stats = [query["MetricStat"]["Period"] for query in properties.get("Metrics", []) if "MetricStat" in query]
        period = int((stats or [properties.get("Period")])[0])
        assert period * int(properties["EvaluationPeriods"]) <= (86400 if period < 3600 else 604800)
    for name in ("SilenceAlarmHours", "ReconcileAlarmHours"):
        assert stack.source["Parameters"][name]["MaxValue"] == 168


def test_aws_metric_dimensions_name_resources_of_the_stack(stack: Stack) -> None:
    types = {name: resource["Type"] for name, resource in stack.template["Resources"].items()}
    found = aws_metrics(all_alarm_metrics(stack) + dashboard_metrics(stack))
    assert len(found) > 100
    for metric in found:
        (dimension, value), *others = metric.dimensions
        kind, names = AWS_METRICS[metric.namespace, dimension]
        assert metric.name in names
        assert types[str(value).removesuffix(".QueueName")] == kind
        indexes = stack.template["Resources"][str(value)]["Properties"] if others else {}
        named = [("GlobalSecondaryIndexName", one["IndexName"]) for one in indexes.get("GlobalSecondaryIndexes", [])]
        assert set(others) <= set(named)


def test_every_function_queue_and_table_has_an_alarm(stack: Stack) -> None:
    def watched(found: list[WatchedMetric], *names: str) -> set[str]:
        return {str(one.dimensions[0][1]).removesuffix(".QueueName") for one in found if one.name in names}

    alarms, shown = all_alarm_metrics(stack), dashboard_metrics(stack)
    functions, tables = (
        set(stack.resources_of_type("AWS::Lambda::Function")),
        set(stack.resources_of_type("AWS::DynamoDB::Table")),
    )
    assert watched(alarms, "Errors", "Url5xxCount") == functions
    assert watched(shown, "Errors") == watched(shown, "Throttles") == functions
    for kind in ("Read", "Write"):
        assert watched(shown, f"{kind}ThrottleEvents") == tables
        assert watched(shown, f"Consumed{kind}CapacityUnits") == tables
    assert watched(shown, "ApproximateNumberOfMessagesVisible") == set(stack.resources_of_type("AWS::SQS::Queue"))
    services = {
        stack.resolve(one["Properties"]["Environment"]["Variables"])["POWERTOOLS_SERVICE_NAME"]
        for one in stack.resources_of_type("AWS::Lambda::Function").values()
    }
    assert {one.service for one in shown if one.name == "Failed"} == services


@pytest.mark.parametrize(
    ("alarm", "metric"),
    [
        ("BugAlarm", "Failed"),
        ("StoreReadsThrottledAlarm", "StoreReadFailed"),
        ("StoreWritesThrottledAlarm", "StoreWriteFailed"),
    ],
)
def test_alarm_on_every_function_uses_the_stack_metric(stack: Stack, alarm: str, metric: str) -> None:
    properties = stack.resolve(stack.template["Resources"][alarm]["Properties"])
    assert alarm_metrics(properties) == [WatchedMetric(OWN, metric, (("stack", "tidings-local"),))]
    for function in stack.resources_of_type("AWS::Lambda::Function").values():
        environment = stack.resolve(function["Properties"]["Environment"]["Variables"])
        assert environment["METRICS_STACK"] == "tidings-local"


@pytest.mark.parametrize(
    ("alarm", "dimension"), [("IssuerUnavailableAlarm", "service"), ("FrontEndThrottledAlarm", "FunctionName")]
)
def test_alarm_on_requests_watches_every_function_that_users_call(stack: Stack, alarm: str, dimension: str) -> None:
    permissions = [
        stack.resolve(one["Properties"]) for one in stack.resources_of_type("AWS::Lambda::Permission").values()
    ]
    called = {
        one["FunctionName"].removesuffix("Aliaslive")
        for one in permissions
        if one["Principal"] == "apigateway.amazonaws.com"
    }
    metrics = alarm_metrics(stack.resolve(stack.template["Resources"][alarm]["Properties"]))
    named = [str(dict(metric.dimensions)[dimension]) for metric in metrics]
    watched = {function_of_service(stack, name) if dimension == "service" else name for name in named}
    assert watched == {name for name in called if not name.startswith("Webhook")}


def test_api_throttling_is_counted_by_its_access_log(stack: Stack) -> None:
    """AWS publishes no such metric: the filter reads the fields that the log writes, and the alarm what it counts."""
    resources = stack.template["Resources"]
    [stage] = stack.resources_of_type("AWS::ApiGatewayV2::Stage").values()
    written = json.loads(stack.resolve(stage["Properties"]["AccessLogSettings"]["Format"]))
    counting = stack.resolve(resources["ApiThrottledFilter"]["Properties"])
    assert counting["LogGroupName"] == "ApiLogs"
    assert counting["FilterPattern"] == '{ $.status = "429" && $.integration_status = "-" }'
    assert (written["status"], written["integration_status"]) == ("$context.status", "$context.integrationStatus")
    [made] = counting["MetricTransformations"]
    assert [one["Value"] for one in made["Dimensions"] if one["Key"] == "service"] == ["$.service"]
    counted = WatchedMetric(made["MetricNamespace"], made["MetricName"], (("service", written["service"]),))
    assert alarm_metrics(stack.resolve(resources["ApiThrottledAlarm"]["Properties"])) == [counted]
    assert counted in dashboard_metrics(stack)


def test_throttled_webhooks_are_counted_apart(stack: Stack) -> None:
    """A user polls again in minutes; a provider gives up. So the alarm fires at the first throttled webhook."""
    resources = stack.template["Resources"]
    counting = stack.resolve(resources["ApiWebhooksThrottledFilter"]["Properties"])
    pattern = counting["FilterPattern"]
    assert pattern.startswith(stack.resolve(resources["ApiThrottledFilter"]["Properties"])["FilterPattern"][:-2])
    paths = stack.template["Resources"]["TidingsApi"]["Properties"]["Body"]["paths"]
    routes = re.findall(r'\$\.route = "POST (\S+)"', pattern)
    assert sorted(routes) == sorted(path for path in paths if path.endswith("/webhook"))
    [made] = counting["MetricTransformations"]
    counted = WatchedMetric(made["MetricNamespace"], made["MetricName"], (("service", "tidings-local-api"),))
    alarm = stack.resolve(resources["ApiWebhooksThrottledAlarm"]["Properties"])
    assert (alarm_metrics(alarm), alarm["Threshold"]) == ([counted], 1)
    assert counted in dashboard_metrics(stack)


def test_dashboard_has_valid_widgets(stack: Stack) -> None:
    shown = dashboard_widgets(stack)
    titles = [widget["properties"]["title"] for widget in shown]
    assert len(set(titles)) == len(titles)
    assert len(json.dumps(shown)) < 1_000_000
    assert all(widget["properties"]["region"] == "us-east-1" for widget in shown)
    assert [metric for metric in dashboard_metrics(stack) if metric.namespace == OWN]
