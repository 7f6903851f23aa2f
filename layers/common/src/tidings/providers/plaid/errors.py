"""Map Plaid's error objects to errors: by `error_type` first, then by `error_code` (docs/provider-errors.md).

Must not import pydantic: the webhook function loads this module.
"""

import re

from tidings.errors import (
    BadRequest,
    EndReported,
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ReconnectRequired,
    TidingsError,
)
from tidings.http.client import DEFAULT_RETRY_AFTER_S
from tidings.model import StatusChange

_RATE_LIMIT_TYPE = "RATE_LIMIT_EXCEEDED"
UNKNOWN_WEBHOOK_KEY = "INVALID_WEBHOOK_VERIFICATION_KEY_ID"

_ITEM_TYPE = "ITEM_ERROR"
_OUR_TYPES = frozenset({"INVALID_REQUEST", "INVALID_INPUT", "INVALID_RESULT"})
_NO_LONGER_SUPPORTED = "INSTITUTION_NO_LONGER_SUPPORTED"
_NOT_READY = "PRODUCT_NOT_READY"

_USER_ACTION = frozenset({"ADDITIONAL_CONSENT_REQUIRED", "ITEM_LOGIN_REQUIRED"})
"""Codes that only the user can resolve, whatever the type. An ITEM_ERROR of any other code is the user's too."""

_USER_ACTION_WITHOUT_TYPE = frozenset(
    {
        "ACCESS_NOT_GRANTED",
        "INSUFFICIENT_CREDENTIALS",
        "INVALID_CREDENTIALS",
        "INVALID_MFA",
        "ITEM_LOCKED",
        "NO_ACCOUNTS",
        "PASSWORD_RESET_REQUIRED",
        "USER_INPUT_TIMEOUT",
        "USER_SETUP_REQUIRED",
    }
)
"""Further such codes, if the error has no type."""

_NOT_OFFERED = frozenset(
    {"NO_INVESTMENT_ACCOUNTS", "PRODUCTS_NOT_SUPPORTED", "PRODUCT_NOT_SUPPORTED", "PRODUCT_NOT_ENABLED"}
)
_ENDED = {
    "INVALID_ACCESS_TOKEN": "gone",
    "ITEM_CONCURRENTLY_DELETED": "gone",
    "ITEM_NOT_FOUND": "gone",
    "ITEM_NOT_SUPPORTED": "item_not_supported",
    "USER_PERMISSION_REVOKED": "user_permission_revoked",
}
"""Codes of an item to which no call can succeed again, with the reason that the status keeps."""

_OURS = frozenset({"INVALID_API_KEYS", "UNAUTHORIZED_ENVIRONMENT"})
_CALLERS_TOKEN = frozenset({"INVALID_PUBLIC_TOKEN", "INVALID_LINK_TOKEN"})
_CODE = re.compile(r"[A-Z0-9_]{1,80}")


class PlaidError(ProviderError):
    """An error of Plaid that has no class of its own; `code` is Plaid's."""

    def __init__(self, code: str | None) -> None:
        super().__init__(f"Plaid answered {code or 'an error'}")
        self.code = code


def is_error_object(body: object) -> bool:
    """Return whether a body is Plaid's error object, which a response of any HTTP status can contain."""
    return isinstance(body, dict) and "error_code" in body and error_type(body) is not None


def error_from_object(error: object, retry_after_s: int = DEFAULT_RETRY_AFTER_S) -> TidingsError:
    """Map Plaid's error object to an error. Plaid documents type and code as stable, not the HTTP status."""
    kind, code = error_type(error), error_code(error)
    if kind == _RATE_LIMIT_TYPE:
        return ProviderLimit(retry_after_s=retry_after_s)
    if code == _NO_LONGER_SUPPORTED:
        reason = _reason(error, code)
        return ItemGone(reason) if kind == _ITEM_TYPE else EndReported(reason, f"Plaid answered {code}")
    if code is None or kind not in {_ITEM_TYPE, *_OUR_TYPES, None}:
        return PlaidError(code)
    if code == _NOT_READY:
        return ProviderNotReady(retry_after_s=retry_after_s)
    return _error_of_known_code(error, code) or _error_of_type(error, kind, code)


def status_from_object(error: object) -> StatusChange | None:
    """Return the status of the item that an error object describes, or None for an error that passes.

    Raises EndReported if the item may have ended.
    """
    mapped = error_from_object(error)
    match mapped:
        case ReconnectRequired() | ItemGone():
            return mapped.status_change
        case EndReported():
            raise mapped
    return None


def _error_of_known_code(error: object, code: str) -> TidingsError | None:
    """Map a code whose meaning is known; Plaid reports some of them under more than one type."""
    if code in _ENDED:
        return ItemGone(_ENDED[code])
    if code in _USER_ACTION:
        return ReconnectRequired(_reason(error, code))
    if code in _NOT_OFFERED:
        return NotOffered(_reason(error, code))
    if code in _OURS:
        return ProviderMisconfigured(f"Plaid answered {code}")
    if code in _CALLERS_TOKEN:
        return BadRequest("Plaid does not know this token, or it has expired.")
    return PlaidError(code) if code == UNKNOWN_WEBHOOK_KEY else None


def _error_of_type(error: object, kind: str | None, code: str) -> TidingsError:
    if kind in _OUR_TYPES:
        return ProviderMisconfigured(f"Plaid answered {code}")
    if kind == _ITEM_TYPE or code in _USER_ACTION_WITHOUT_TYPE:
        return ReconnectRequired(_reason(error, code))
    return PlaidError(code)


def error_type(error: object) -> str | None:
    """Return the `error_type` of Plaid's error object, if it has a valid one."""
    return _valid_code(error, "error_type")


def error_code(error: object) -> str | None:
    """Return the `error_code` of Plaid's error object, if it has a valid one."""
    return _valid_code(error, "error_code")


def _reason(error: object, code: str) -> str:
    """Return why the user must act: the detailed OAuth reason, else the error code, in lower case."""
    return (_valid_code(error, "error_code_reason") or code).lower()


def _valid_code(error: object, name: str) -> str | None:
    value = error.get(name) if isinstance(error, dict) else None
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None
