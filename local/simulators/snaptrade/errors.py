"""SnapTrade's error answers: detail, status_code and, as a string, code."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class SnapTradeRefusal(Exception):
    """An error that SnapTrade would answer with."""

    def __init__(self, status: int, code: str | None, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def not_found() -> SnapTradeRefusal:
    return SnapTradeRefusal(404, "1011", "The requested resource does not exist.")


def invalid_data(detail: str = "Unable to verify data sent") -> SnapTradeRefusal:
    return SnapTradeRefusal(400, "1076", detail)


def bad_signature() -> SnapTradeRefusal:
    return SnapTradeRefusal(401, "1076", "Unable to verify signature sent")


def bad_user() -> SnapTradeRefusal:
    return SnapTradeRefusal(401, "1083", "Invalid userID or userSecret provided")


def not_for_personal_keys() -> SnapTradeRefusal:
    """SnapTrade documents that it refuses, not with which status and code."""
    return SnapTradeRefusal(403, "1066", "Personal keys have no users: use the key alone.")


def answered(_request: Request, error: Exception) -> Response:
    if not isinstance(error, SnapTradeRefusal):
        raise error
    body: dict[str, Any] = {"detail": error.detail, "status_code": error.status}
    if error.code is not None:
        body["code"] = error.code
    return JSONResponse(body, error.status)
