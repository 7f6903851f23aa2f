"""What the control API says when an order makes no sense."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class ControlError(Exception):
    """An order that can't be carried out; `status` is the answer's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def handle_control_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ControlError):
        raise error
    return JSONResponse({"error": error.reason}, error.status)
