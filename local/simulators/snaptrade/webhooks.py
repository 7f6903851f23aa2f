"""Signs and sends SnapTrade's webhooks."""

import json
import secrets
from dataclasses import replace
from typing import Any

from local.simulators.deliveries import Notification, RetrySchedule, Sealed
from local.simulators.snaptrade import events, signing
from local.simulators.snaptrade.state import Account, Connection, Simulator, User
from local.simulators.webhook_requests import WebhookOrder, replayed, send

# 30 min, doubling, three retries, with the original eventTimestamp and signature.
SCHEDULE = RetrySchedule((1800.0, 3600.0, 7200.0), frozenset((200, 201, 202, 204)))


async def notify(
    sim: Simulator, user_id: str, event_type: str, connection: Connection | None = None, account: Account | None = None
) -> list[dict[str, Any]]:
    """Send one genuine event."""
    sent = await deliver(sim, user_id, event_type, connection, account, WebhookOrder())
    deliveries: list[dict[str, Any]] = sent["deliveries"]
    return deliveries


async def holdings_updated(sim: Simulator, user: User, connection: Connection) -> list[dict[str, Any]]:
    """One event per account of the connection, one after the other."""
    deliveries = []
    for account in connection["accounts"]:
        deliveries += await notify(sim, user["user_id"], events.HOLDINGS_UPDATED, connection, account)
    return deliveries


async def connected(sim: Simulator, user: User, connection: Connection) -> list[dict[str, Any]]:
    """The burst that follows a new connection."""
    deliveries = []
    for event_type in ("CONNECTION_ATTEMPTED", "CONNECTION_ADDED"):
        deliveries += await notify(sim, user["user_id"], event_type, connection)
    for event_type in ("NEW_ACCOUNT_AVAILABLE", "ACCOUNT_TRANSACTIONS_INITIAL_UPDATE"):
        for account in connection["accounts"]:
            deliveries += await notify(sim, user["user_id"], event_type, connection, account)
    return deliveries + await holdings_updated(sim, user, connection)


async def deliver(
    sim: Simulator,
    user_id: str,
    event_type: str,
    connection: Connection | None,
    account: Account | None,
    order: WebhookOrder,
) -> dict[str, Any]:
    courier = sim.board.courier
    url = order.url or sim.webhook_url
    connection_id = connection["id"] if connection else None
    if order.variant == "replay":
        again = replace(replayed(courier, user_id, connection_id), url=url)
        return await send(courier, order, lambda: again)

    def make() -> Notification:
        content = events.payload(sim, user_id, event_type, connection, account, order)
        sealed = _sealed(sim, content, order)
        return Notification(
            url=url,
            event=event_type,
            webhook_id=str(content.get("webhookId")),
            seal=lambda: sealed,
            subject=user_id,
            connection_id=connection_id,
            variant=order.variant,
        )

    return await send(courier, order, make)


def _sealed(sim: Simulator, content: dict[str, Any], order: WebhookOrder) -> Sealed:
    """The wire form is not the canonical one: fields unsorted, spaces between, non-ASCII characters as UTF-8."""
    key = secrets.token_urlsafe() if order.variant == "forged" else sim.consumer_key
    headers = {"content-type": "application/json"}
    if order.variant != "unsigned":
        headers["signature"] = signing.signature(key, content)
    sent = {**content, "tampered": True} if order.variant == "tampered" else content
    return Sealed(json.dumps(sent, ensure_ascii=False).encode(), headers)
