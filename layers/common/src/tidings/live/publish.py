"""Publish nudges to the browsers of a user."""

import json
import time
from collections.abc import Mapping
from typing import Any

from tidings import settings
from tidings.aws.signing import sign_request
from tidings.errors import LiveUpdatesUnavailable, ProviderError
from tidings.http.client import send_request
from tidings.live.channels import channel_name, channel_path

TIMEOUT_S = 3.0
_MAX_RESPONSE_BYTES = 64 * 1024
_NUDGE = "{}"
"""Says nothing but that something changed."""


def publish_nudge(user_id: str) -> None:
    """Tell the user's open pages that something changed. Does nothing if the deployment has no live updates.

    Raises LiveUpdatesUnavailable if the API does not confirm it, StoreUnavailable if the channel's key can't be read.
    """
    url = settings.live_publish_url()
    if url is None:
        return
    body = json.dumps({"channel": channel_path(channel_name(user_id)), "events": [_NUDGE]}).encode()
    headers = sign_request("appsync", "POST", url, {"content-type": "application/json"}, body)
    if not _is_published(url, headers, body):
        raise LiveUpdatesUnavailable


def _is_published(url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the API took the event: a 200 can name events that failed."""
    try:
        response = send_request(
            "POST",
            url,
            headers=headers,
            body=body,
            deadline=time.monotonic() + TIMEOUT_S,
            max_bytes=_MAX_RESPONSE_BYTES,
        )
    except ProviderError as error:
        raise LiveUpdatesUnavailable from error
    answered: Any = response.body
    return response.is_success and isinstance(answered, dict) and bool(answered.get("successful"))
