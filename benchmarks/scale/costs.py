"""Compute a month's bill, line by line, from a simulated day. Prices are AWS's list prices for us-east-1."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.scale.day import Day
from benchmarks.scale.parameters import DAY_S, Behaviour
from benchmarks.scale.units import FLOWS, Flow, Unit, Units

DAYS = 30
RUNS_A_DAY = 96
MILLION = 1_000_000
API_FLOWS: tuple[Flow, ...] = ("poll", "holdings", "refresh", "refresh_refused")
_CHEAPER_FROM = 300 * MILLION
SECRET_READ = 5.0
"""Dollars a million."""
SECRET_READS_A_DAY = 288
"""Of one secret by one warm environment, which caches it for five minutes."""
_ITEM_READ_UNITS = 0.125
"""Of the reconciler's scan, per item and run: a row below 1 KB, read with eventual consistency."""
_HEADER_BYTES = 400
_KEY_ROW_BYTES = 200
_KEY_ROW_DAYS = 370
"""An untimed event leaves its key when its record ends after 30 days, for 400 days in all."""
_GB = 1e9


@dataclass(frozen=True)
class Line:
    """One line of the bill. `price`: dollars for `per` of them."""

    what: str
    count: float
    price: float
    per: int
    calculation: str

    @property
    def dollars(self) -> float:
        return self.count * self.price / self.per


def monthly_lines(day: Day, units: Units, behaviour: Behaviour) -> list[Line]:
    """Return the lines that grow with the users."""
    sums = _Sums(day.counts, units, behaviour)
    requests = DAYS * sum(day.counts[flow] for flow in API_FLOWS)
    price = 1.0 if requests <= _CHEAPER_FROM else (_CHEAPER_FROM + 0.9 * (requests - _CHEAPER_FROM)) / requests
    return [
        Line(
            "requests to the API", requests, price, MILLION, "polls, GETs, refreshes; 0.90 a million beyond 300 million"
        ),
        Line("calls of functions", DAYS * sums.calls, 0.2, MILLION, "these, webhooks, five checks each"),
        Line(
            "GB-seconds, arm64",
            DAYS * day.gb_seconds,
            13.3334,
            MILLION,
            "measured CPU, round trips, the provider's time",
        ),
        Line(
            "DynamoDB read units",
            DAYS * sums.read_units(day.users),
            0.125,
            MILLION,
            "measured per flow; the reconciler's scan",
        ),
        Line("DynamoDB write units", DAYS * sums.of_unit("write_units"), 0.625, MILLION, "measured per flow"),
        Line("GB stored", sums.stored_gb(day.users), 0.45, 1, "rows, and 30 days of webhooks: 0.25, recovery 0.20"),
        Line(
            "calls of SQS",
            DAYS * sums.sqs_calls,
            0.4,
            MILLION,
            "sent ten at a time, received and deleted five at a time",
        ),
        Line("KMS decryptions", DAYS * sums.of_unit("decryptions"), 3.0, MILLION, "measured per refresh"),
        Line(
            "calls of Secrets Manager",
            DAYS * SECRET_READS_A_DAY * day.environments,
            SECRET_READ,
            MILLION,
            "warm environments, every five minutes",
        ),
        Line("GB of logs", DAYS * sums.log_gb, 0.5, 1, "ours, Lambda's and the API's"),
        Line("GB sent", DAYS * sums.sent_gb, 0.09, 1, "responses with headers"),
        Line("traces", DAYS * sums.traces, 5.0, MILLION, "one a second, and 5 % of the rest"),
        Line("our own metrics in use", 25, 0.3, 1, "outcomes and problems that occur"),
    ]


def poll_dollars(unit: Unit, behaviour: Behaviour) -> Mapping[str, float]:
    """Return what a million polls cost by line, without and with traces for each of them."""
    seconds = unit.cpu_ms / 1000 / min(1.0, behaviour.poll_memory_mb / behaviour.whole_cpu_mb) + 0.005 * unit.calls
    log_bytes = unit.log_bytes + behaviour.system_log_bytes + behaviour.access_log_bytes
    return {
        "API": 1.0,
        "call": 0.2,
        "GB-seconds": 13.3334 * seconds * behaviour.poll_memory_mb / 1024,
        "reads": 0.125 * unit.read_units,
        "logs": 0.5 * log_bytes / 1000,
        "bytes sent": 0.09 * (unit.response_bytes + _HEADER_BYTES) / 1000,
        "traces, above one a second": 0.25 if behaviour.traces else 0.0,
    }


@dataclass(frozen=True)
class _Sums:
    """Sums over the flows of one day."""

    counts: Mapping[str, float]
    units: Units
    behaviour: Behaviour

    def of_unit(self, name: str) -> float:
        return float(sum(self.counts[flow] * getattr(self.units.flows[flow], name) for flow in FLOWS))

    @property
    def calls(self) -> float:
        return sum(self._invocations(flow) for flow in FLOWS) + RUNS_A_DAY

    def _invocations(self, flow: Flow) -> float:
        return self.counts[flow] / (5 if flow == "check" else 1)

    def read_units(self, users: int) -> float:
        return self.of_unit("read_units") + RUNS_A_DAY * 2 * users * _ITEM_READ_UNITS

    def stored_gb(self, users: int) -> float:
        events = 2 * DAYS * self.units.event_bytes + _KEY_ROW_DAYS * _KEY_ROW_BYTES
        return users * (self.units.user_bytes + events) / _GB

    @property
    def sqs_calls(self) -> float:
        return self.counts["check"] * (1 / 10 + 2 / 5)

    @property
    def log_gb(self) -> float:
        ours = self.of_unit("log_bytes") - (1 - self.behaviour.checks_logged) * self.counts["check"] * (
            self.units.flows["check"].log_bytes
        )
        access = self.behaviour.access_log_bytes * sum(self.counts[flow] for flow in API_FLOWS)
        return (ours + self.behaviour.system_log_bytes * self.calls + access) / _GB

    @property
    def sent_gb(self) -> float:
        sent = self.of_unit("response_bytes") + _HEADER_BYTES * sum(
            self.counts[flow] for flow in FLOWS if flow != "check"
        )
        return sent / _GB

    @property
    def traces(self) -> float:
        if not self.behaviour.traces:
            return 0.0
        return min(self.calls, DAY_S) + 0.05 * max(0.0, self.calls - DAY_S)
