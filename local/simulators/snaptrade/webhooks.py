"""Sign and send SnapTrade's webhooks."""

import json
import secrets
from dataclasses import replace
from typing import Any

from local.simulators.deliveries import Notification, RetrySchedule, SignedWebhook
from local.simulators.snaptrade import events, signing
from local.simulators.snaptrade.state import Account, Connection, Simulator, User
from local.simulators.webhook_requests import WebhookRequest, replay_notification, send_webhooks

# Three retries, after 30 min and then doubling, with the original eventTimestamp and signature.
RETRY_SCHEDULE = RetrySchedule((1800.0, 3600.0, 7200.0), frozenset((200, 201, 202, 204)))


async def notify(
    sim: Simulator, user_id: str, event_type: str, connection: Connection | None = None, account: Account | None = None
) -> list[dict[str, Any]]:
    """Send one genuine event."""
    sent = await deliver(sim, user_id, event_type, connection, account, WebhookRequest())
    deliveries: list[dict[str, Any]] = sent["deliveries"]
    return deliveries


async def send_holdings_updated(sim: Simulator, user: User, connection: Connection) -> list[dict[str, Any]]:
    """Send one event per account of the connection, one after the other."""
    deliveries = []
    for account in connection["accounts"]:
        deliveries += await notify(sim, user["user_id"], events.HOLDINGS_UPDATED, connection, account)
    return deliveries


async def send_connected(sim: Simulator, user: User, connection: Connection) -> list[dict[str, Any]]:
    """Send the events that follow a new connection."""
    deliveries = []
    for event_type in ("CONNECTION_ATTEMPTED", "CONNECTION_ADDED"):
        deliveries += await notify(sim, user["user_id"], event_type, connection)
    for event_type in ("NEW_ACCOUNT_AVAILABLE", "ACCOUNT_TRANSACTIONS_INITIAL_UPDATE"):
        for account in connection["accounts"]:
            deliveries += await notify(sim, user["user_id"], event_type, connection, account)
    return deliveries + await send_holdings_updated(sim, user, connection)


async def deliver(
    sim: Simulator,
    user_id: str,
    event_type: str,
    connection: Connection | None,
    account: Account | None,
    request: WebhookRequest,
) -> dict[str, Any]:
    sender = sim.controls.sender
    url = request.url or sim.webhook_url
    connection_id = connection["id"] if connection else None
    if request.variant == "replay":
        again = replace(replay_notification(sender, user_id, connection_id), url=url)
        return await send_webhooks(sender, request, lambda: again)

    def create_notification() -> Notification:
        content = events.build_payload(sim, user_id, event_type, connection, account, request)
        signed = _sign_webhook(sim, content, request)
        return Notification(
            url=url,
            event=event_type,
            webhook_id=str(content.get("webhookId")),
            sign=lambda: signed,
            subject=user_id,
            connection_id=connection_id,
            variant=request.variant,
        )

    return await send_webhooks(sender, request, create_notification)


def _sign_webhook(sim: Simulator, content: dict[str, Any], request: WebhookRequest) -> SignedWebhook:
    """Sign the canonical form and send another: unsorted fields, spaces, and non-ASCII characters as UTF-8."""
    key = secrets.token_urlsafe() if request.variant == "forged" else sim.consumer_key
    headers = {"content-type": "application/json"}
    if request.variant != "unsigned":
        headers["signature"] = signing.compute_signature(key, content)
    sent = {**content, "tampered": True} if request.variant == "tampered" else content
    return SignedWebhook(json.dumps(sent, ensure_ascii=False).encode(), headers)
