"""Loaded by Schemathesis in its own environment: who calls, and now and then a webhook with its genuine signature.

Reads and refreshes are by users who have connections; every other call is by a user of its own, for there is a limit to
what one may change in a minute.
"""
# mypy: disable-error-code="import-not-found, untyped-decorator"

import base64
import hashlib
import hmac
import itertools
import json
import os
from secrets import token_hex
from typing import Any

import requests
import schemathesis

_FRONT = os.environ["FRONT"]
_COOKIES = itertools.cycle(os.environ["COOKIES"].split())
_CONSUMER_KEY = os.environ["CONSUMER_KEY"]
_calls = itertools.count()
_http = requests.Session()


def _new_cookie() -> str:
    user = f"fuzz-{token_hex(6)}"
    answer = _http.post(f"{_FRONT}/_local/login", json={"user_id": user, "email": f"{user}@mail.example"}, timeout=10)
    _http.cookies.clear()
    return str(answer.cookies["session_id"])


@schemathesis.hook
def before_call(_context: object, case: Any, kwargs: dict[str, Any]) -> None:  # noqa: ANN401 - Schemathesis's own
    path, method = case.operation.path, case.method
    case.headers["Origin"] = _FRONT
    if path.endswith("/webhook"):
        _sign(case)
    elif next(_calls) % 24 < 23:
        shared = method == "GET" or path.endswith("/holdings/refresh")
        case.cookies = {"session_id": next(_COOKIES) if shared else _new_cookie()}
        case.headers.pop("Authorization", None)


def _sign(case: Any) -> None:  # noqa: ANN401
    """SnapTrade's signature on three webhooks in four; Plaid's key is Plaid's alone."""
    if "Signature" in case.headers and isinstance(case.body, dict) and next(_calls) % 4 < 3:
        text = json.dumps(case.body, separators=(",", ":"), sort_keys=True)
        signed = hmac.new(_CONSUMER_KEY.encode(), text.encode(), hashlib.sha256).digest()
        case.headers["Signature"] = base64.b64encode(signed).decode()
