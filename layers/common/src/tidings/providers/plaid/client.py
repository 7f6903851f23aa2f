"""Call Plaid's API: JSON over POST, errors by `error_type` and `error_code` (https://plaid.com/docs/errors/).

Must not import pydantic: the webhook function loads this module.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tidings import settings
from tidings.errors import (
    BadRequest,
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ReconnectRequired,
    TidingsError,
)
from tidings.http import client as http_client

VERSION = "2020-09-14"

USER_ACTION = frozenset(
    {
        "ACCESS_NOT_GRANTED",
        "ADDITIONAL_CONSENT_REQUIRED",
        "INSUFFICIENT_CREDENTIALS",
        "INVALID_CREDENTIALS",
        "INVALID_MFA",
        "ITEM_LOCKED",
        "ITEM_LOGIN_REQUIRED",
        "NO_ACCOUNTS",
        "PASSWORD_RESET_REQUIRED",
        "USER_INPUT_TIMEOUT",
        "USER_SETUP_REQUIRED",
    }
)
"""Error codes that only the user can resolve, in Link's update mode."""

_NOT_OFFERED = frozenset(
    {"NO_INVESTMENT_ACCOUNTS", "PRODUCTS_NOT_SUPPORTED", "PRODUCT_NOT_SUPPORTED", "PRODUCT_NOT_ENABLED"}
)
_MISCONFIGURED = frozenset({"INVALID_API_KEYS", "INVALID_ACCESS_TOKEN", "UNAUTHORIZED_ENVIRONMENT"})
_INVALID_TOKENS = frozenset({"INVALID_PUBLIC_TOKEN", "INVALID_LINK_TOKEN"})
_CODE = re.compile(r"[A-Z0-9_]{1,80}")


class PlaidError(ProviderError):
    """An error of Plaid that has no class of its own; `code` is Plaid's."""

    def __init__(self, code: str | None) -> None:
        super().__init__(f"Plaid answered {code or 'an error'}")
        self.code = code


def is_configured(app: Mapping[str, str]) -> bool:
    """Return whether the deployment's secret has Plaid's API keys."""
    return bool(app.get("client_id") and app.get("secret"))


def post(
    app: Mapping[str, str],
    path: str,
    fields: Mapping[str, Any],
    deadline: float,
    cap_s: float = http_client.CALL_CAP_S,
) -> Mapping[str, Any]:
    """Call Plaid and return the response's JSON object.

    Raises an error of `error_from_response` if Plaid refuses, or a ProviderError of the HTTP client.
    """
    response = http_client.send_request(
        "POST",
        settings.plaid_base_url() + path,
        headers={
            "content-type": "application/json",
            "plaid-client-id": app["client_id"],
            "plaid-secret": app["secret"],
            "plaid-version": VERSION,
        },
        body=json.dumps(fields).encode(),
        deadline=deadline,
        cap_s=cap_s,
    )
    if response.status != 200:
        raise error_from_response(response)
    if not isinstance(response.body, dict):
        raise ProviderError("Plaid's response is not a JSON object")
    return response.body


def error_from_response(response: http_client.HttpResponse) -> TidingsError:
    """Map a response other than 200 to an error."""
    error = response.body if isinstance(response.body, dict) else {}
    if response.status == 429:
        return ProviderLimit(retry_after_s=response.retry_after_s())
    return error_from_code(error, response.retry_after_s())


def error_from_code(error: Mapping[str, Any], retry_after_s: int = http_client.DEFAULT_RETRY_AFTER_S) -> TidingsError:
    """Map Plaid's error object to an error. Plaid documents type and code as stable, not the HTTP status."""
    code = error_code(error)
    if error.get("error_type") == "RATE_LIMIT_EXCEEDED":
        return ProviderLimit(retry_after_s=retry_after_s)
    if code == "PRODUCT_NOT_READY":
        return ProviderNotReady(retry_after_s=retry_after_s)
    if code in USER_ACTION:
        return ReconnectRequired(reconnect_reason(error))
    if code in _MISCONFIGURED:
        return ProviderMisconfigured(f"Plaid answered {code}")
    if code in _NOT_OFFERED:
        return NotOffered(reconnect_reason(error))
    if code == "ITEM_NOT_FOUND":
        return ItemGone()
    if code in _INVALID_TOKENS:
        return BadRequest("Plaid does not know this token, or it has expired.")
    return PlaidError(code)


def error_code(error: object) -> str | None:
    """Return the `error_code` of Plaid's error object, if it has a valid one."""
    return _valid_code(error, "error_code")


def reconnect_reason(error: object) -> str:
    """Return why the user must act: the detailed OAuth reason, else the error code, in lower case."""
    return (_valid_code(error, "error_code_reason") or _valid_code(error, "error_code") or "unknown").lower()


def _valid_code(error: object, name: str) -> str | None:
    value = error.get(name) if isinstance(error, dict) else None
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None
