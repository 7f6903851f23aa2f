"""Call Plaid's API: JSON over POST, errors by `error_type` and `error_code` (https://plaid.com/docs/errors/).

Must not import pydantic: the webhook function loads this module.
"""

import json
from collections.abc import Mapping
from typing import Any

from tidings import settings
from tidings.errors import ProviderError, ProviderLimit, TidingsError, UnusableResponse
from tidings.http import client as http_client
from tidings.providers.plaid.errors import error_from_object, is_error_object

VERSION = "2020-09-14"
_TOO_MANY_REQUESTS = 429


def is_configured(app: Mapping[str, str]) -> bool:
    """Return whether the deployment's secret has Plaid's API keys."""
    return bool(app.get("client_id") and app.get("secret"))


def post(
    app: Mapping[str, str],
    path: str,
    fields: Mapping[str, Any],
    deadline: float,
    cap_s: float = http_client.CALL_CAP_S,
    *,
    needs_body: bool = True,
) -> Mapping[str, Any]:
    """Call Plaid and return the response's JSON object.

    `needs_body`: whether an empty response is an error; if not, it is returned as `{}`.
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
    if not response.is_success or is_error_object(response.body):
        raise error_from_response(response)
    if response.body is None and needs_body:
        raise UnusableResponse("Plaid's response is empty")
    body = {} if response.body is None else response.body
    if not isinstance(body, dict):
        raise ProviderError("Plaid's response is not a JSON object")
    return body


def error_from_response(response: http_client.HttpResponse) -> TidingsError:
    """Map a response that is no success to an error."""
    if response.status == _TOO_MANY_REQUESTS:
        return ProviderLimit(retry_after_s=response.retry_after_s())
    return error_from_object(response.body, response.retry_after_s())
