"""Turn a function that takes a Request into a Lambda handler: parse, log, count, and map errors to responses."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from tidings import observability
from tidings.api import request as requests
from tidings.api.request import Request
from tidings.api.response import Response, problem_response
from tidings.concurrency import limit_time
from tidings.errors import TidingsError

Handler = Callable[[dict[str, Any], Any], Response]


def endpoint(
    flow: Callable[[Request], Response], limit_s: float, refusal_lines: observability.LineLimit | None = None
) -> Handler:
    """Create a Lambda handler. A TidingsError becomes its problem response; any other exception is logged as a 500.

    `limit_s`: when calls to AWS and to providers end, so that the caller gets a response before Lambda's time-out.
    `refusal_lines`: limits the log lines of error responses, for an address that anyone can flood.
    """

    @wraps(flow)
    def lambda_handler(event: dict[str, Any], context: Any) -> Response:  # noqa: ANN401 - the runtime's own class
        with observability.invocation(context), limit_time(limit_s):
            try:
                return flow(requests.parse_request(event))
            except TidingsError as error:
                observability.log_error_response(error, refusal_lines)
                return problem_response(error)
            except Exception as error:  # noqa: BLE001 - the edge: a caller must get a response without a stack trace
                observability.log_exception(error)
                return problem_response(TidingsError())

    return lambda_handler
