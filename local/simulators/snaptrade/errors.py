"""Build SnapTrade's error responses: detail, status_code and, as a string, code."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class SnapTradeError(Exception):
    """An error response of SnapTrade."""

    def __init__(self, status: int, code: str | None, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def not_found_error() -> SnapTradeError:
    return SnapTradeError(404, "1011", "The requested resource does not exist.")


def invalid_data_error(detail: str = "Unable to verify data sent") -> SnapTradeError:
    return SnapTradeError(400, "1076", detail)


def bad_signature_error() -> SnapTradeError:
    return SnapTradeError(401, "1076", "Unable to verify signature sent")


def bad_user_error() -> SnapTradeError:
    return SnapTradeError(401, "1083", "Invalid userID or userSecret provided")


def personal_key_error() -> SnapTradeError:
    """Return the error for a personal key; SnapTrade documents neither status nor code of it."""
    return SnapTradeError(403, "1066", "Personal keys have no users: use the key alone.")


def handle_snaptrade_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, SnapTradeError):
        raise error
    body: dict[str, Any] = {"detail": error.detail, "status_code": error.status}
    if error.code is not None:
        body["code"] = error.code
    return JSONResponse(body, error.status)
