"""Parse the metrics that alarms and dashboard watch, and those that functions emit (EMF)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.aws.stack import Stack

OWN = "Tidings"
_SEARCH = re.compile(r"SEARCH\('\{([^}]+)\} MetricName=\"(\w+)\" service=\"([^\"]+)\"', '\w+', \d+\)")


@dataclass(frozen=True)
class WatchedMetric:
    """`dimensions`: pairs of name and value. A search names some values only; the others are None."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str | None], ...]

    @property
    def service(self) -> str | None:
        """None for a metric of the whole stack."""
        return dict(self.dimensions).get("service")

    def matches(self, other: "WatchedMetric") -> bool:
        """Return whether `other` is this metric: exactly the same dimensions."""
        theirs, ours = dict(other.dimensions), dict(self.dimensions)
        same = (self.namespace, self.name, ours.keys()) == (other.namespace, other.name, theirs.keys())
        return same and all(value is None or value == theirs[name] for name, value in ours.items())


def alarm_metrics(properties: Mapping[str, Any]) -> list[WatchedMetric]:
    """Return the metrics of one alarm: its single metric or those of its expression."""
    stats = [query["MetricStat"]["Metric"] for query in properties.get("Metrics", []) if "MetricStat" in query]
    return [_metric(one) for one in (stats or [properties])]


def all_alarm_metrics(stack: Stack) -> list[WatchedMetric]:
    alarms = stack.resources_of_type("AWS::CloudWatch::Alarm").values()
    return [metric for alarm in alarms for metric in alarm_metrics(stack.resolve(alarm["Properties"]))]


def _metric(named: Mapping[str, Any]) -> WatchedMetric:
    dimensions = tuple((one["Name"], one["Value"]) for one in named.get("Dimensions", []))
    return WatchedMetric(named["Namespace"], named["MetricName"], dimensions)


def dashboard_widgets(stack: Stack) -> list[dict[str, Any]]:
    [dashboard] = stack.resources_of_type("AWS::CloudWatch::Dashboard").values()
    found: list[dict[str, Any]] = json.loads(stack.resolve(dashboard["Properties"]["DashboardBody"]))["widgets"]
    return found


def dashboard_metrics(stack: Stack) -> list[WatchedMetric]:
    return [_shown(row) for widget in dashboard_widgets(stack) for row in widget["properties"]["metrics"]]


def _shown(row: list[Any]) -> WatchedMetric:
    if isinstance(row[0], dict):
        return _searched(row[0]["expression"])
    named = [part for part in row if isinstance(part, str)]
    return WatchedMetric(named[0], named[1], tuple(zip(named[2::2], named[3::2], strict=True)))


def _searched(expression: str) -> WatchedMetric:
    found = _SEARCH.fullmatch(expression)
    assert found, expression
    namespace, *names = found[1].split(",")
    return WatchedMetric(namespace, found[2], tuple((name, found[3] if name == "service" else None) for name in names))


def emitted_metrics(lines: list[dict[str, Any]]) -> Iterator[WatchedMetric]:
    """Yield the metrics of log lines: one for each set of dimensions that a line declares."""
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = tuple((name, line[name]) for name in names)
                for metric in directive["Metrics"]:
                    yield WatchedMetric(directive["Namespace"], metric["Name"], dimensions)
