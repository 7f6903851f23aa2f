"""Each run of the reconciler writes a zero into the series whose absence an alarm could not tell from silence."""

import re
from collections.abc import Iterator

import pytest

from tests.support.aws.stack import Stack
from tests.support.drivers import reconcile_queue
from tests.support.drivers.output import Output
from tests.support.drivers.watched_metrics import OWN, WatchedMetric, alarm_metrics, emitted_metrics
from tidings.observability import emit_zero
from tidings.reconcile import handler

_FILLED = re.compile(r"FILL\((\w+), 0\)")


def filled_metrics(stack: Stack) -> Iterator[WatchedMetric]:
    """Yield the metrics that an alarm takes for zero where they have no point."""
    for alarm in stack.resources_of_type("AWS::CloudWatch::Alarm").values():
        queries = stack.resolve(alarm["Properties"]).get("Metrics", [])
        filled = {name for query in queries for name in _FILLED.findall(query.get("Expression", ""))}
        for query in queries:
            if query["Id"] in filled:
                yield from alarm_metrics({"Metrics": [query]})


@pytest.mark.usefixtures("app", "stopped_clock")
def test_run_feeds_every_series_that_an_alarm_fills(output: Output) -> None:
    expected = set(filled_metrics(Stack.from_template()))
    assert {one.name for one in expected} == {"WebhookVerified", "WebhookStale"}
    assert {one.namespace for one in expected} == {OWN}
    handler.handle(dict(reconcile_queue.SCHEDULED), None)
    assert expected <= set(emitted_metrics(output.lines))
    assert [
        output.metric_sum(one.name, **{name: str(value) for name, value in one.dimensions}) for one in expected
    ] == [0] * len(expected)


def test_operators_command_writes_no_zeros(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METRICS_STACK")
    emit_zero("WebhookVerified", "webhook-plaid", provider="plaid")
    assert output.lines == []
