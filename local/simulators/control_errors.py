"""Report malformed or impossible commands of the control API."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class ControlError(Exception):
    """A command that can't be executed; `status` is the HTTP status of the response."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def handle_control_error(_request: Request, error: Exception) -> Response:
    """Respond to a ControlError with its status and reason."""
    if not isinstance(error, ControlError):
        raise error
    return JSONResponse({"error": error.reason}, error.status)
