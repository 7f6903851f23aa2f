"""Write zeros into series that an alarm subtracts or compares, so that it never meets a series without points.

CloudWatch does not say what `FILL(series, 0)` makes of a series that has no point at all. The alarm on silence must
fire exactly then.
"""

from tidings.observability import MetricName, emit_zero
from tidings.providers import PROVIDER_NAMES

_OF_WEBHOOK_FUNCTIONS: tuple[MetricName, ...] = ("WebhookVerified", "WebhookStale")


def write_zeros() -> None:
    """Write a zero for each webhook metric of both providers. A sum stays the same."""
    for provider in PROVIDER_NAMES:
        for metric in _OF_WEBHOOK_FUNCTIONS:
            emit_zero(metric, f"webhook-{provider}", provider=provider)
