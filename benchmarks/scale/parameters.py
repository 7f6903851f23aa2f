"""Hold the simulation's assumptions: what users do, what the stack is set to, and what AWS and the providers allow."""

from dataclasses import dataclass

HOUR = 3600.0
DAY_S = 24 * HOUR


@dataclass(frozen=True)
class Workload:
    """What users and providers do in one day. Times are seconds since midnight in New York.

    Each user has a Plaid item and a SnapTrade connection, and each of them sends one webhook: `burst_share` of them
    within the evening burst, which rises quickly and fades; the others at any time. The page is open in two sessions.
    `forgotten_share` of the users leave it open in a hidden tab for the rest of the day.
    """

    users: int
    day_s: float = DAY_S
    burst_from_s: float = 16.5 * HOUR
    burst_for_s: float = 4 * HOUR
    burst_share: float = 0.8
    day_session: tuple[float, float] | None = (9.5 * HOUR, 15 * HOUR)
    """Earliest and latest beginning, all equally frequent."""
    evening_session: tuple[float, float, float] = (17 * HOUR, 18.5 * HOUR, 22 * HOUR)
    """Earliest, most frequent and latest beginning."""
    session_s: float = HOUR
    poll_s: float = 300.0
    poll_jitter: float = 0.1
    think_s: float = 20.0
    """From the banner to the click, on average."""
    forgotten_share: float = 0.05
    patience: int = 10
    """How often a user repeats a refresh that the provider's limit refuses, in one evening."""
    runs: int = 96
    """Of the reconciler."""
    repeats: bool = True
    """Every day is like this one, so an update that nobody sees today waits for tomorrow's first session."""


@dataclass(frozen=True)
class Behaviour:
    """The stack's settings that the two columns "before" and "after" differ in.

    `by_schedule`: each run of the reconciler sends every item; otherwise an item is sent `checks_a_day` times.
    `system_log_bytes`: Lambda's own lines per invocation. `background_concurrency`: of each queue.
    """

    name: str
    checks_a_day: int
    by_schedule: bool
    hidden_poll_s: float
    traces: bool
    system_log_bytes: int
    access_log_bytes: int
    checks_logged: float
    """The share of checks that write a line."""
    background_concurrency: int
    memory_mb: int = 1024
    poll_memory_mb: int = 1024
    whole_cpu_mb: int = 1769
    """For GET holdings and refreshes."""


BEFORE = Behaviour(
    "before",
    checks_a_day=96,
    by_schedule=True,
    hidden_poll_s=300.0,
    traces=True,
    system_log_bytes=700,
    access_log_bytes=330,
    checks_logged=1.0,
    background_concurrency=10,
)
AFTER = Behaviour(
    "after",
    checks_a_day=3,
    by_schedule=False,
    hidden_poll_s=1800.0,
    traces=False,
    system_log_bytes=0,
    access_log_bytes=231,
    checks_logged=0.05,
    background_concurrency=2,
    poll_memory_mb=256,
)
CURRENT = AFTER
"""What the checked-out code does. The check against a real run compares this one."""


@dataclass(frozen=True)
class Limits:
    """Published limits, and the template's defaults.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
    https://plaid.com/docs/errors/rate-limit-exceeded/
    https://docs.snaptrade.com/docs/ratelimiting
    """

    concurrency: int = 1000
    environments_per_10s: int = 1000
    route_rate: float = 200.0
    route_burst: float = 400.0
    plaid_per_minute: int = 2000
    snaptrade_per_minute: int = 250
    user_share: float = 0.8
    """Of a provider's limit, for users' refreshes (`provider_access.rate_limits`)."""
    plaid_checks_per_minute: int = 1200
    snaptrade_checks_per_minute: int = 50
    """Checks a minute for which the reconciler spreads a provider's messages (`reconcile.handler`)."""
    table_read_units: float = 12_000.0
    table_write_units: float = 4_000.0
    """Of a new on-demand table. It doubles with its previous peak, up to 40,000 of each without a request."""
    partition_write_units: float = 1_000.0
    batch: int = 5
    kept_s: float = 600.0
    """How long an idle environment is kept: AWS publishes no figure. Assumed."""


RAISED = Limits(
    concurrency=10_000,
    route_rate=10_000.0,
    route_burst=5_000.0,
    plaid_per_minute=200_000,
    snaptrade_per_minute=200_000,
    table_read_units=40_000.0,
    table_write_units=40_000.0,
)
"""What the providers' contracts and AWS's quotas would have to be for a million users."""


@dataclass(frozen=True)
class Times:
    """Assumed times on AWS, in seconds, which no local measurement gives."""

    call_s: float = 0.005
    """A round trip to DynamoDB, KMS or SQS."""
    provider_s: float = 1.2
    """The median of a provider's slowest call; log-normal with `provider_sigma`."""
    provider_sigma: float = 0.5
    start_s: float = 0.25
    """What AWS adds to a cold start beside our own code: a place, the layer's download, the interpreter."""
    page_items: int = 500
    checks_that_call: float = 0.05
    """The share of checks with a reason to call the provider."""
