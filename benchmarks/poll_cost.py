"""Calculate what a million polls and a million status checks cost, from measured CPU, the template and list prices."""

from dataclasses import dataclass
from math import ceil

from benchmarks.code import ROOT, Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.stage import Stage, event
from local.translation import load_template

API_REQUEST = 1.00
CALL = 0.20
READ_UNIT = 0.125
"""Dollars a million, us-east-1, 2026. The first 300 million requests of the API and 1 TB of logs are this dear."""
GB_SECOND = 13.3334
LOG_GB = 0.50

MB_PER_PROCESSOR = 1769
"""Lambda's published share: a function gets one processor at this size, and as much less as it is smaller."""
ROUND_TRIP_MS = 5.0
"""Assumed, between Lambda and DynamoDB in one region."""
LOG_EVENT_BYTES = 26
"""CloudWatch adds these to each event."""

BUDGET = 1.75
_POLLS = 200


@dataclass(frozen=True)
class Poll:
    """What a poll takes. `cpu_ms` is measured on a whole processor; a session's read and one of the state follow."""

    cpu_ms: float
    memory_mb: int
    access_line_bytes: int
    round_trips: int = 2
    read_units: float = 2.0

    @property
    def duration_ms(self) -> int:
        """Return the calculated duration; Lambda bills whole milliseconds."""
        share = min(1.0, self.memory_mb / MB_PER_PROCESSOR)
        return ceil(self.cpu_ms / share + self.round_trips * ROUND_TRIP_MS)

    def dollars_a_million(self) -> dict[str, float]:
        """Return the cost by line. A poll writes no line of its own, and Lambda's are left out (SystemLogLevel)."""
        gb_seconds = self.duration_ms / 1000 * self.memory_mb / 1024
        log_gb_a_million = (self.access_line_bytes + LOG_EVENT_BYTES) * 1e6 / 1e9
        return {
            "API": API_REQUEST,
            "call": CALL,
            "GB-seconds": gb_seconds * GB_SECOND,
            "reads": self.read_units * READ_UNIT,
            "log": log_gb_a_million * LOG_GB,
        }


def access_line_bytes() -> int:
    """Return the length of a poll's line in the API's access log, by the template's format."""
    template = load_template(ROOT / "template.yaml")
    settings = template["Resources"]["TidingsApi"]["Properties"]["AccessLogSettings"]["Format"]
    line: str = settings["Fn::Sub"] if isinstance(settings, dict) else settings
    for name, value in _VALUES.items():
        line = line.replace(name, value)
    return len(line.encode())


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
    request = event("GET /pending-updates", cookie=stage.account(plaid=1, snaptrade=1).cookie)
    with Warm(code, stage, "PendingFunction") as function:
        function.answer([request] * 20)
        cpu_ms = function.answer([request] * _POLLS)["cpu_ms"] / _POLLS
    poll = Poll(cpu_ms, stage.functions["PendingFunction"].memory_mb, access_line_bytes())
    lines = poll.dollars_a_million()
    cost = sum(lines.values())
    parts = ", ".join(f"{name} {dollars:.2f}" for name, dollars in lines.items())
    return Section(
        "Cost of a poll, calculated",
        "python -m benchmarks poll_cost",
        [Row("a million polls, all-in", f"${cost:.2f} ({parts})", f"≤ ${BUDGET:.2f}", cost <= BUDGET)],
        f"A warm poll took {cpu_ms:.1f} ms of CPU; at {poll.memory_mb} MB that is {poll.duration_ms} ms by Lambda's "
        f"published share, with two round trips of {ROUND_TRIP_MS:.0f} ms, which are assumed. {_NOTES}",
    )


_NOTES = """\
Prices are AWS's list prices for us-east-1; traces are off, and the access log's line has the template's fields."""
