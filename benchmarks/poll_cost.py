"""Calculate what a million polls cost, from a poll's measured units, the template and list prices."""

from benchmarks import flow_units
from benchmarks.code import ROOT, Code
from benchmarks.report import Row, Section
from benchmarks.scale.costs import poll_dollars
from benchmarks.scale.parameters import CURRENT
from benchmarks.stage import Stage
from local.translation import load_template

BUDGET = 1.75
_LOG_EVENT_BYTES = 26
"""CloudWatch adds these to each event."""


def access_log_bytes() -> int:
    """Return the size of a poll's event in the API's access log, by the template's format."""
    template = load_template(ROOT / "template.yaml")
    settings = template["Resources"]["TidingsApi"]["Properties"]["AccessLogSettings"]["Format"]
    line: str = settings["Fn::Sub"] if isinstance(settings, dict) else settings
    for name, value in _VALUES.items():
        line = line.replace(name, value)
    return len(line.encode()) + _LOG_EVENT_BYTES


_VALUES = {
    "${AWS::StackName}": "tidings",
    "$context.requestId": "JKJaXmPLvHcESHA=",
    "$context.routeKey": "GET /pending-updates",
    "$context.status": "200",
    "$context.integrationStatus": "200",
    "$context.responseLatency": "24",
    "$context.identity.sourceIp": "203.0.113.100",
    "$context.integrationErrorMessage": "-",
}


def measure(code: Code, stage: Stage) -> Section:
    unit = flow_units.poll(code, stage, stage.account(plaid=1, snaptrade=1))
    lines = poll_dollars(unit, CURRENT)
    cost = sum(lines.values())
    parts = ", ".join(f"{name} {dollars:.2f}" for name, dollars in lines.items() if dollars)
    return Section(
        "Cost of a poll, calculated",
        "python -m benchmarks poll_cost",
        [Row("a million polls, all-in", f"${cost:.2f} ({parts})", f"≤ ${BUDGET:.2f}", cost <= BUDGET)],
        f"A warm poll that finds nothing new took {unit.cpu_ms:.1f} ms of CPU. {_NOTES}",
    )


_NOTES = f"""\
Its function has {CURRENT.poll_memory_mb} MB and so much of a processor as Lambda publishes. Two round trips of 5 ms are
assumed. Prices are AWS's list prices for us-east-1. Traces are off, as by default, and the access log's line has the
template's fields."""
