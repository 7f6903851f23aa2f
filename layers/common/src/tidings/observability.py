"""Write structured logs and CloudWatch metrics (EMF). Never log a body, token, secret, cookie or e-mail address."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from tidings.errors import InvalidSignature, InvalidToken, TidingsError

MetricName = Literal[
    "AnnounceFailed",
    "BudgetSpent",
    "BudgetUnavailable",
    "ConnectionAdded",
    "ConnectionRemoved",
    "CoolingDown",
    "ExchangeRatesAge",
    "ExchangeRatesFailed",
    "Failed",
    "IssuerUnavailable",
    "ItemEnded",
    "ItemLost",
    "LimitUnavailable",
    "LiveAuthorizerFailed",
    "LiveRefused",
    "NotificationGone",
    "NotificationOutdated",
    "NotificationSent",
    "PaidPull",
    "ProviderMisconfigured",
    "ReconcileFailed",
    "ReconcileSent",
    "Reconciled",
    "RefreshFailed",
    "Refreshed",
    "Refused",
    "SnapTradeUserAdopted",
    "SnapTradeUserReplaced",
    "StateUnavailable",
    "StoreReadFailed",
    "StoreWriteFailed",
    "Task",
    "TaskFailed",
    "Webhook",
    "WebhookAuthDisabled",
    "WebhookAuthUnconfigured",
    "WebhookDeferred",
    "WebhookStale",
    "WebhookVerified",
]
"""Every metric that the code emits; docs/operations.md explains each."""

LineKey = tuple[str | None, ...]
"""What makes two refusals the same: the problem, the reason and the cause."""

logger = Logger()
_STACK_VARIABLE = "METRICS_STACK"


# One dict for each invocation, shared by its threads: one that outlives its invocation adds nothing to the next.
_log_context: ContextVar[dict[str, str | None] | None] = ContextVar("log_context", default=None)


@contextmanager
def invocation(context: Any) -> Iterator[None]:  # noqa: ANN401 - the runtime's own class
    """Add the request id to every log line of one invocation. The logger itself adds the X-Ray trace id."""
    token = _log_context.set({"request_id": getattr(context, "aws_request_id", None)})
    try:
        yield
    finally:
        _log_context.reset(token)


def add_log_context(**keys: str | None) -> None:
    """Add `provider` or `user_id` to every further line of this invocation. The operator's command has none."""
    context = _log_context.get()
    if context is not None:
        context.update(keys)


def emit_count(metric: MetricName, value: int = 1, *, by_stack: bool = False, **dimensions: str) -> None:
    """Count in CloudWatch by service and the given dimensions; `by_stack` also counts by the stack alone.

    An alarm takes at most ten metrics. A metric of the stack covers every function, however many there are.
    """
    metrics = AmazonCloudWatchEMFProvider()
    metrics.add_metric(metric, MetricUnit.Count, value)
    for name, dimension in {"service": logger.service, **dimensions}.items():
        metrics.add_dimension(name, dimension)
    if by_stack and is_function():
        metrics.add_dimensions(stack=os.environ[_STACK_VARIABLE])
    _flush(metrics)


def emit_zero(metric: MetricName, function: str, **dimensions: str) -> None:
    """Write a zero into a series of another function, such as `webhook-plaid`. The operator's command writes none."""
    if is_function():
        service = f"{os.environ[_STACK_VARIABLE]}-{function}"
        emit_count(metric, 0, by_stack=False, service=service, **dimensions)


def _flush(metrics: AmazonCloudWatchEMFProvider) -> None:
    """Write the metric while no other thread writes. Two joined lines would be neither a metric nor a log line."""
    output = logger.registered_handler
    output.acquire()
    try:
        metrics.flush_metrics()
    finally:
        output.release()


def is_function() -> bool:
    """Return whether this process is a function of a stack. The operator's command is not, and writes no metrics."""
    return bool(os.environ.get(_STACK_VARIABLE))


def log_info(message: str, **fields: object) -> None:
    """Log an event with its fields."""
    _log(logger.info, message, fields)


def log_warning(message: str, **fields: object) -> None:
    """Log a warning with its fields."""
    _log(logger.warning, message, fields)


def _log(write: Callable[..., None], message: str, fields: Mapping[str, object]) -> None:
    write(message, extra={**(_log_context.get() or {}), **fields}, stacklevel=4)


class LineLimit:
    """Let one log line pass each second for a key. A flood of forged webhooks then costs one line a second."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._passed_at: dict[LineKey, float] = {}
        self._suppressed: Counter[LineKey] = Counter()

    def admit(self, key: LineKey) -> int | None:
        """Return how many lines were suppressed since the last one, or None if this line is to be suppressed too."""
        now = time.monotonic()
        if now - self._passed_at.get(key, -_LINE_INTERVAL_S) < _LINE_INTERVAL_S:
            self._suppressed[key] += 1
            return None
        self._passed_at[key] = now
        return self._suppressed.pop(key, 0)


_LINE_INTERVAL_S = 1.0


def log_error_response(error: TidingsError, limit: LineLimit | None = None) -> None:
    """Log and count an error response. Only the class of its cause is logged: its text may quote a request.

    With a limit, one line a second is logged for each reason, with the number suppressed. The metric counts all.
    """
    fields: dict[str, object] = {"status": error.status, "problem": error.slug}
    if isinstance(error, InvalidSignature | InvalidToken):
        fields["reason"] = error.reason
    if error.__cause__ is not None:
        fields["cause"] = type(error.__cause__).__name__
        fields["aws_error"] = getattr(error.__cause__, "cause_response_code", None)
    emit_count("Refused", problem=error.slug)
    if limit is not None:
        suppressed = limit.admit((error.slug, getattr(error, "reason", None), type(error.__cause__).__name__))
        if suppressed is None:
            return
        if suppressed:
            fields["suppressed"] = suppressed
    _log(logger.error if error.status >= 500 else logger.info, "refused", fields)


def log_exception(error: Exception) -> None:
    """Log and count an unexpected exception. Its text is left out, since it may quote a request."""
    frames: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    _log(logger.error, "failed", {"error": type(error).__name__, "frames": frames[-8:]})
    emit_count("Failed", by_stack=True)
