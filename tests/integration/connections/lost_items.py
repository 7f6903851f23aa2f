"""What Plaid and the user see of an item that was not stored."""

from contextlib import AbstractContextManager
from typing import Any

from tests.support.drivers.app import App

EXCHANGE = "/item/public_token/exchange"
REMOVE = "/item/remove"
NOT_STORED = "urn:tidings:problem:connection-not-stored"
UNKNOWN_TOKEN = "public-sandbox-unknown"
Outage = AbstractContextManager[Any]


def list_statuses(app: App, cookie: str) -> list[tuple[str, str | None, bool]]:
    connections = app.connections(cookie)
    return [(one["status"], one["status_reason"], one["pending"]) for one in connections]


SHOWN_AS_NOT_STORED = [("revoked", "not_stored", False)]
