"""Build Plaid's error responses."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class PlaidError(Exception):
    """An error response of Plaid, with HTTP status 400 by default."""

    def __init__(self, error_type: str, error_code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.error_code = error_code
        self.message = message
        self.status = status


LOGIN_REQUIRED_MESSAGE = (
    "the login details of this item have changed (credentials, MFA, or required user action) and a user login is "
    "required to update this information. use Link's update mode to restore the item to a good state"
)


def login_required_error() -> PlaidError:
    return PlaidError("ITEM_ERROR", "ITEM_LOGIN_REQUIRED", LOGIN_REQUIRED_MESSAGE)


def missing_fields_error(names: list[str]) -> PlaidError:
    message = f"the following required fields are missing: {', '.join(names)}"
    return PlaidError("INVALID_REQUEST", "MISSING_FIELDS", message)


def invalid_field_error(field: str) -> PlaidError:
    return PlaidError("INVALID_REQUEST", "INVALID_FIELD", f"{field} is invalid")


def render_webhook_error(error: PlaidError) -> dict[str, Any]:
    """Render an error as webhooks and /item/get contain it: with the HTTP status, without a request id."""
    return {
        "error_type": error.error_type,
        "error_code": error.error_code,
        "error_message": error.message,
        "display_message": None,
        "status": error.status,
    }


def new_request_id() -> str:
    return secrets.token_hex(8)[:15]


def handle_plaid_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, PlaidError):
        raise error
    body = {
        "display_message": None,
        "documentation_url": f"https://plaid.com/docs/?ref=error#{error.error_type.lower()}-errors",
        "error_code": error.error_code,
        "error_message": error.message,
        "error_type": error.error_type,
        "request_id": new_request_id(),
        "suggested_action": None,
    }
    return JSONResponse(body, error.status)
