"""Failures of AWS and of the connection to it, in microburst's terms, and the responses that they allow."""

from typing import Any

OK = frozenset({200})
RETRIED = frozenset({200, 503})
"""The provider retries a webhook that got 503."""
FREE = frozenset({200, 429})
"""One of simultaneous clicks succeeds; the others return 429."""
REFUSED = frozenset({200, 429, 503})
UNAVAILABLE = frozenset({503})
LINKED = frozenset({200, 201, 409})
"""409: the browser comes while the task is linking, and takes longer than the browser waits."""
LINK_FAILED = LINKED | {503}
NO_ANSWER = 0
"""The connection was cut, or the provider closed it."""
BROKEN_OFF = frozenset({NO_ANSWER, 500, 502, 503, 504})
"""The gateway's response if a process exits without a response."""

Effect = dict[str, Any]
THROTTLED: Effect = {"error": {"code": "ProvisionedThroughputExceededException"}}
SLOWED_DOWN: Effect = {"error": {"code": "ThrottlingException", "status": 400}}
FAILS: Effect = {"error": {"code": "InternalServerError", "status": 500}}
CONFLICT: Effect = {
    "error": {
        "code": "TransactionCanceledException",
        "message": "Transaction cancelled [None, TransactionConflict]",
        "fields": {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]},
    }
}
ANSWER_LOST: Effect = {"response": {"abort_bytes": 0}}
HANGS: Effect = {"timeout_ms": 60_000}
TOO_LATE: Effect = {"latency": 5_500}
"""The functions give an attempt up after 2 s; AWS executes the call all the same."""


def times(fail: int, passing: int) -> Effect:
    """Alternate between failing and successful calls, by these counts."""
    return {"sequence": {"fail": fail, "pass": passing}}
