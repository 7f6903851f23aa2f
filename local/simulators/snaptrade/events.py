"""Build SnapTrade's webhook payloads in their three shapes."""

import time
from datetime import UTC, datetime
from typing import Any

from local.simulators.snaptrade.state import Account, Connection, Simulator, new_identifier
from local.simulators.snaptrade.views import brokerage_id
from local.simulators.webhook_requests import Shape, WebhookRequest, apply_overrides

HOLDINGS_UPDATED = "ACCOUNT_HOLDINGS_UPDATED"
PUBLISHED = (
    "ACCOUNT_HOLDINGS_UPDATED",
    "ACCOUNT_REMOVED",
    "ACCOUNT_TRANSACTIONS_INITIAL_UPDATE",
    "ACCOUNT_TRANSACTIONS_UPDATED",
    "CONNECTION_ADDED",
    "CONNECTION_ATTEMPTED",
    "CONNECTION_BROKEN",
    "CONNECTION_DELETED",
    "CONNECTION_FAILED",
    "CONNECTION_FIXED",
    "CONNECTION_UPDATED",
    "NEW_ACCOUNT_AVAILABLE",
    "TEST_WEBHOOK",
    "TRADE_DETECTION",
    "TRADE_UPDATE",
    "USER_DELETED",
    "USER_REGISTERED",
)
"""The events of https://github.com/passiv/snaptrade-sdks, docs/webhooks.md, and the dashboard's test."""

_USER_EVENTS = ("USER_REGISTERED", "USER_DELETED", "CONNECTION_FAILED", "TEST_WEBHOOK")
_WITH_BROKERAGE = (
    "CONNECTION_ATTEMPTED",
    "CONNECTION_ADDED",
    "CONNECTION_DELETED",
    HOLDINGS_UPDATED,
    "TRADE_DETECTION",
    "TRADE_UPDATE",
)
_ENVELOPE = ("webhookId", "clientId", "eventTimestamp", "webhookSecret")


def build_payload(
    sim: Simulator,
    user_id: str,
    event_type: str,
    connection: Connection | None,
    account: Account | None,
    request: WebhookRequest,
) -> dict[str, Any]:
    happened = datetime.fromtimestamp(time.time() - request.age_s, UTC)
    native: dict[str, Any] = {
        "webhookId": new_identifier(),
        "clientId": sim.client_id,
        "eventTimestamp": happened.isoformat(timespec="microseconds"),
        "userId": user_id,
        "eventType": event_type,
        "webhookSecret": sim.webhook_secret,
        **_subject(event_type, connection, account),
    }
    if event_type == "TEST_WEBHOOK":
        del native["userId"]
    return apply_shape(apply_overrides(native, request), request.shape)


def _subject(event_type: str, connection: Connection | None, account: Account | None) -> dict[str, Any]:
    if connection is None or event_type in _USER_EVENTS:
        return {}
    fields: dict[str, Any] = {}
    if event_type != "CONNECTION_ATTEMPTED":
        fields["brokerageAuthorizationId"] = connection["id"]
    if event_type in _WITH_BROKERAGE:
        fields["brokerageId"] = brokerage_id(connection["broker"])
    if account is not None and not event_type.startswith("CONNECTION_"):
        fields["accountId"] = account["id"]
    return fields | _details(event_type)


def _details(event_type: str) -> dict[str, Any]:
    if event_type == "CONNECTION_ATTEMPTED":
        return {"connectionAttemptedResult": "SUCCESS"}
    if event_type == HOLDINGS_UPDATED:
        parts = ("total_value", "positions", "balances", "orders")
        return {"details": {part: {"success": True, "error": None} for part in parts}}
    if event_type in ("TRADE_DETECTION", "TRADE_UPDATE"):
        # The documented examples contain a second, different id under this misspelt name.
        return {"webookId": new_identifier(), "details": {"orders": []}}
    return {}


def apply_shape(native: dict[str, Any], shape: Shape) -> dict[str, Any]:
    if shape == "legacy":
        envelope = {name: native[name] for name in _ENVELOPE if name in native}
        data = {name: value for name, value in native.items() if name not in envelope and name != "eventType"}
        return {**envelope, "type": native.get("eventType"), "data": data}
    if shape == "oauth_v1":
        names = {"clientId": "oauthClientId", "brokerageAuthorizationId": "connectionId"}
        renamed = {names.get(name, name): value for name, value in native.items() if name != "webhookSecret"}
        return {"schemaVersion": "oauth_v1", **renamed}
    return native
