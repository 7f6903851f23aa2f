"""How AWS and the connection to it fail, as microburst says it; and which answers may be seen then."""

from typing import Any

OK = frozenset({200})
RETRIED = frozenset({200, 503})
"""What our side answers 503 the provider sends again."""
FREE = frozenset({200, 429})
"""Of simultaneous clicks one is served; the others receive 429."""
REFUSED = frozenset({200, 429, 503})
UNAVAILABLE = frozenset({503})

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
"""The product stops waiting after 5 s; then the call is made all the same."""


def times(fail: int, passing: int) -> Effect:
    """In turn, so many calls are spoiled and so many are not."""
    return {"sequence": {"fail": fail, "pass": passing}}
