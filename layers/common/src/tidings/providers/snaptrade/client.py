"""Call SnapTrade's API: signed requests, errors by HTTP status and `code`.

Source: https://docs.snaptrade.com/docs/request-signatures. The query contains the user's secret, so no error or log
may contain a URL.
"""

import hmac
import json
import re
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from tidings import settings
from tidings.errors import (
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ReconnectRequired,
)
from tidings.http import client as http_client
from tidings.http.client import HttpResponse
from tidings.model import Access
from tidings.providers.snaptrade.users import PERSON

_CODE = re.compile(r"\d{1,6}")
_NO_USER = "0000"
_WRONG_SECRET = "1083"  # noqa: S105 - a code
_DISABLED = "3003"
_STILL_SYNCING = "3012"
_WRONG_SIGNATURE = "1076"
_PASSING = frozenset({401, 402, 408, 409, 425, 429})
_NOT_IMPLEMENTED = 501
_LOWEST_ERROR = 400


class SnapTradeError(ProviderError):
    """An error of SnapTrade that has no class of its own; `code` is SnapTrade's."""

    def __init__(self, status: int, code: str | None) -> None:
        super().__init__(f"SnapTrade answered {status} {code or ''}".rstrip())
        self.http_status = status
        self.code = code


def is_configured(app: Mapping[str, str]) -> bool:
    """Return whether the deployment's secret has SnapTrade's API keys."""
    return bool(app.get("client_id") and app.get("consumer_key"))


def call_user(access: Access, method: str, path: str, deadline: float, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON is anything
    """Make a call on behalf of a user and return the response's JSON.

    Raises an error of `error_from_response` if SnapTrade refuses, or a ProviderError of the HTTP client.
    """
    return _call(access.app, method, path, _user_parameters(access), body, deadline)


def call_with_secret(access: Access, path: str, deadline: float) -> Any:  # noqa: ANN401 - JSON is anything
    """Make a POST that identifies the user in the body instead of the query. Raises the errors of `call_user`."""
    return _call(access.app, "POST", path, {}, _user_parameters(access), deadline, for_user=True)


def _user_parameters(access: Access) -> dict[str, str]:
    """Return what identifies the user. A personal key has no users.

    Raises ReconnectRequired if the user was registered with a commercial key: it must not reach the key's own data.
    """
    if settings.snaptrade_key_type() == "commercial":
        return {"userId": access.item_id, "userSecret": access.credential}
    if access.item_id == PERSON:
        return {}
    raise ReconnectRequired("credential_lost", "This SnapTrade user belongs to another key.")


def call_app(
    app: Mapping[str, str],
    method: str,
    path: str,
    deadline: float,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 - JSON is anything
    """Make a call that needs no user's secret. Raises the errors of `call_user`."""
    return _call(app, method, path, query or {}, body, deadline)


def segment(value: str) -> str:
    """Escape an id as one segment of a path."""
    return quote(value, safe="")


def _call(
    app: Mapping[str, str],
    method: str,
    path: str,
    fields: Mapping[str, str],
    body: Mapping[str, Any] | None,
    deadline: float,
    *,
    for_user: bool = False,
) -> Any:  # noqa: ANN401 - JSON is anything
    query = urlencode({**fields, "clientId": app["client_id"], "timestamp": str(int(time.time()))}, quote_via=quote)
    headers = {"signature": sign(app["consumer_key"], path, query, body)}
    if body is not None:
        headers["content-type"] = "application/json"
    response = http_client.send_request(
        method,
        f"{settings.snaptrade_base_url()}{path}?{query}",
        headers=headers,
        body=None if body is None else json.dumps(body).encode(),
        deadline=deadline,
    )
    names_user = for_user or "userId" in fields
    if not response.is_success:
        raise error_from_response(response, for_user=names_user)
    reported = _reported_status(response.body)
    if reported is not None:
        raise error_from_response(replace(response, status=reported), for_user=names_user)
    return response.body


def _reported_status(body: object) -> int | None:
    """Return the status that an error object within a success names; None if the body is no error object."""
    status = body.get("status_code") if isinstance(body, dict) and _code(body) else None
    return status if type(status) is int and status >= _LOWEST_ERROR else None


def sign(consumer_key: str, path: str, query: str, body: Mapping[str, Any] | None) -> str:
    """Sign the path and query exactly as sent. An empty body is signed as null, and non-ASCII text is escaped."""
    text = json.dumps({"content": body or None, "path": path, "query": query}, separators=(",", ":"), sort_keys=True)
    return b64encode(hmac.digest(consumer_key.encode(), text.encode(), "sha256")).decode()


def error_from_response(response: HttpResponse, *, for_user: bool) -> ProviderError:
    """Map an unsuccessful response to an error."""
    body = response.body if isinstance(response.body, dict) else {}
    error = _error(response, body, for_user=for_user)
    error.is_final = _is_final(response.status, _code(body))
    return error


def _is_final(status: int, code: str | None) -> bool:
    """Return whether SnapTrade itself refuses the call for good. A gateway's response has no code of SnapTrade's."""
    if code in {None, _STILL_SYNCING, _WRONG_SIGNATURE}:
        return False
    return status == _NOT_IMPLEMENTED or (_LOWEST_ERROR <= status < 500 and status not in _PASSING)


def _error(response: HttpResponse, body: Mapping[str, Any], *, for_user: bool) -> ProviderError:
    code = _code(body)
    match response.status:
        case 401:
            return _unauthorized(code, body) if for_user else ProviderMisconfigured(f"SnapTrade answered 401 {code}")
        case 402 if code == _DISABLED:
            return ReconnectRequired("connection_disabled")
        case 404 if body:
            return ItemGone()
        case 409:
            return ProviderNotReady(retry_after_s=response.retry_after_s())
        case 410:
            return ProviderMisconfigured("SnapTrade no longer offers this call to our account")
        case 425:
            return ProviderNotReady(retry_after_s=response.retry_after_s())
        case 429:
            return ProviderLimit(retry_after_s=response.retry_after_s())
        case 501:
            return NotOffered("not_implemented")
    if code == _STILL_SYNCING:
        return ProviderNotReady(retry_after_s=response.retry_after_s())
    return SnapTradeError(response.status, code)


def _unauthorized(code: str | None, body: Mapping[str, Any]) -> ProviderError:
    """Decide whether the user's secret or ours is wrong (1076: the signature).

    Users must not have to reconnect because of a wrong key of the deployment.
    """
    detail = body.get("detail")
    names_user = isinstance(detail, str) and "user" in detail.lower() and "signature" not in detail.lower()
    if code == _WRONG_SECRET or (code in {_NO_USER, None} and names_user):
        return ReconnectRequired("credential_lost")
    return ProviderMisconfigured(f"SnapTrade answered 401 {code or ''}".rstrip())


def _code(body: Mapping[str, Any]) -> str | None:
    """Return the error code: a string in live responses, a number in the specification."""
    for name in ("code", "default_code"):
        value = str(body.get(name))
        if _CODE.fullmatch(value):
            return value.zfill(4)
    return None
