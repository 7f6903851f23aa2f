"""Sign in the calls of Schemathesis, and sign most of its SnapTrade webhooks. Runs in Schemathesis's own environment.

Reads and refreshes use users with connections. Every other call uses a new user, because each user's changes per
minute are limited.
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
_call_numbers = itertools.count()
_http = requests.Session()


def _new_cookie() -> str:
    user = f"fuzz-{token_hex(6)}"
    response = _http.post(
        f"{_FRONT}/_local/login", json={"user_id": user, "email": f"{user}@mail.example"}, timeout=120
    )
    _http.cookies.clear()
    return str(response.cookies["session_id"])


@schemathesis.hook
def before_call(_context: object, case: Any, kwargs: dict[str, Any]) -> None:  # noqa: ANN401 - a type of Schemathesis
    path, method = case.operation.path, case.method
    case.headers["Origin"] = _FRONT
    if path.endswith("/webhook"):
        _sign(case)
    elif next(_call_numbers) % 24 < 23:
        needs_connections = method == "GET" or path.endswith("/holdings/refresh")
        case.cookies = {"session_id": next(_COOKIES) if needs_connections else _new_cookie()}
        case.headers.pop("Authorization", None)


def _sign(case: Any) -> None:  # noqa: ANN401
    """Sign three SnapTrade webhooks in four. Plaid's webhooks stay unsigned: only Plaid has the private key."""
    if "Signature" in case.headers and isinstance(case.body, dict) and next(_call_numbers) % 4 < 3:
        text = json.dumps(case.body, separators=(",", ":"), sort_keys=True)
        signature = hmac.new(_CONSUMER_KEY.encode(), text.encode(), hashlib.sha256).digest()
        case.headers["Signature"] = base64.b64encode(signature).decode()
