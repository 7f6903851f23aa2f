"""Plaid's API: JSON over POST, errors by `error_type` and `error_code` (https://plaid.com/docs/errors/).

Free of pydantic: the webhook function loads it.
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
"""Only the user can mend these, in Link's update mode."""

_NOT_OFFERED = frozenset(
    {"NO_INVESTMENT_ACCOUNTS", "PRODUCTS_NOT_SUPPORTED", "PRODUCT_NOT_SUPPORTED", "PRODUCT_NOT_ENABLED"}
)
_OURS = frozenset({"INVALID_API_KEYS", "INVALID_ACCESS_TOKEN", "UNAUTHORIZED_ENVIRONMENT"})
_CALLERS = frozenset({"INVALID_PUBLIC_TOKEN", "INVALID_LINK_TOKEN"})
_CODE = re.compile(r"[A-Z0-9_]{1,80}")


class PlaidError(ProviderError):
    """An error without a meaning of its own here; `code` is Plaid's."""

    def __init__(self, code: str | None) -> None:
        super().__init__(f"Plaid answered {code or 'an error'}")
        self.code = code


def is_configured(app: Mapping[str, str]) -> bool:
    return bool(app.get("client_id") and app.get("secret"))


def post(
    app: Mapping[str, str],
    path: str,
    fields: Mapping[str, Any],
    deadline: float,
    cap_s: float = http_client.CALL_CAP_S,
) -> Mapping[str, Any]:
    """The answer's object. Errors: every ProviderError that `failure` names, and http_client's."""
    answer = http_client.send_request(
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
    if answer.status != 200:
        raise error_from_response(answer)
    if not isinstance(answer.body, dict):
        raise ProviderError("Plaid's answer is not an object")
    return answer.body


def error_from_response(answer: http_client.HttpResponse) -> TidingsError:
    """What an answer other than 200 means."""
    error = answer.body if isinstance(answer.body, dict) else {}
    if answer.status == 429:
        return ProviderLimit(retry_after_s=answer.retry_after_s())
    return error_from_code(error, answer.retry_after_s())


def error_from_code(error: Mapping[str, Any], retry_after_s: int = http_client.DEFAULT_RETRY_AFTER_S) -> TidingsError:
    """A PlaidError as ours; Plaid asks to branch on type and code, not on the HTTP status."""
    code = error_code(error)
    if error.get("error_type") == "RATE_LIMIT_EXCEEDED":
        return ProviderLimit(retry_after_s=retry_after_s)
    if code == "PRODUCT_NOT_READY":
        return ProviderNotReady(retry_after_s=retry_after_s)
    if code in USER_ACTION:
        return ReconnectRequired(reason(error))
    if code in _OURS:
        return ProviderMisconfigured(f"Plaid answered {code}")
    if code in _NOT_OFFERED:
        return NotOffered(reason(error))
    if code == "ITEM_NOT_FOUND":
        return ItemGone()
    if code in _CALLERS:
        return BadRequest("Plaid does not know this token (any more)")
    return PlaidError(code)


def error_code(error: object) -> str | None:
    return _code(error, "error_code")


def reason(error: object) -> str:
    """Why the user is needed: OAuth's finer reason, else the code."""
    return (_code(error, "error_code_reason") or _code(error, "error_code") or "unknown").lower()


def _code(error: object, name: str) -> str | None:
    value = error.get(name) if isinstance(error, dict) else None
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None
