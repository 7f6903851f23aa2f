"""Builds, signs and sends Plaid's webhooks."""

import time
import uuid
from dataclasses import replace
from typing import Any

from local.simulators.control_errors import Refused
from local.simulators.deliveries import Notification, RetrySchedule, Sealed
from local.simulators.plaid import signing
from local.simulators.plaid.errors import PlaidRefusal, login_required, webhook_error
from local.simulators.plaid.state import Item, LinkSession, Simulator, instant
from local.simulators.webhook_requests import WebhookOrder, altered, replayed, send

# 30 s, then four times as long each, within 24 h; only 200 is success.
SCHEDULE = RetrySchedule(tuple(30.0 * 4**retry for retry in range(6)), frozenset((200,)), honours_retry_after=True)

_REVOKED = PlaidRefusal(
    "ITEM_ERROR", "USER_PERMISSION_REVOKED", "the holder of this account has revoked their permission"
)
WEEK_S = 7 * 24 * 3600


def fields_of(webhook_type: str, code: str, account_id: str | None) -> dict[str, Any]:
    """What a webhook of this kind carries beside the fields that all have."""
    if webhook_type == "HOLDINGS":
        return {"new_holdings": 0, "updated_holdings": 1, "error": None}
    if webhook_type == "INVESTMENTS_TRANSACTIONS":
        return {"new_investments_transactions": 1, "cancelled_investments_transactions": 0, "error": None}
    others: dict[str, dict[str, Any]] = {
        "ERROR": {"error": webhook_error(login_required())},
        "USER_PERMISSION_REVOKED": {"error": webhook_error(_REVOKED)},
        "USER_ACCOUNT_REVOKED": {"account_id": account_id},
        "PENDING_EXPIRATION": {"consent_expiration_time": instant(time.time() + WEEK_S)},
        "PENDING_DISCONNECT": {"reason": "INSTITUTION_MIGRATION", "disconnect_time": instant(time.time() + WEEK_S)},
        "NEW_ACCOUNTS_AVAILABLE": {"error": None},
    }
    return others.get(code, {})


def item_payload(item_id: str, webhook_type: str, code: str, account_id: str | None = None) -> dict[str, Any]:
    return {
        "webhook_type": webhook_type,
        "webhook_code": code,
        "item_id": item_id,
        "user_id": f"usr_{item_id[:14]}",
        "environment": "sandbox",
        **fields_of(webhook_type, code, account_id),
    }


def session_payload(session: LinkSession) -> dict[str, Any]:
    return {
        "webhook_type": "LINK",
        "webhook_code": "SESSION_FINISHED",
        "status": "SUCCESS",
        "link_session_id": session["link_session_id"],
        "link_token": session["link_token"],
        "public_tokens": [token for token in (session["public_token"],) if token],
        "environment": "sandbox",
    }


async def notify(sim: Simulator, item: Item, webhook_type: str, code: str, **extra: object) -> list[dict[str, Any]]:
    """Send the item a genuine webhook, if it has a URL."""
    if item["webhook"] is None:
        return []
    account_id = item["accounts"][0]["account_id"] if item["accounts"] else None
    payload = item_payload(item["item_id"], webhook_type, code, account_id)
    item["last_webhook"] = {"sent_at": instant(), "code_sent": code}
    item["unannounced"] = False
    sim.save()
    sent = await deliver(sim, payload, item["item_id"], WebhookOrder(extra=extra), item["webhook"])
    deliveries: list[dict[str, Any]] = sent["deliveries"]
    return deliveries


async def deliver(
    sim: Simulator, payload: dict[str, Any], subject: str, order: WebhookOrder, url: str | None
) -> dict[str, Any]:
    target = order.url or url
    if target is None:
        raise Refused(409, "the item has no webhook URL")
    courier = sim.board.courier
    if order.variant == "replay":
        again = replace(replayed(courier, subject, None), url=target)
        return await send(courier, order, lambda: again)

    def make() -> Notification:
        return Notification(
            url=target,
            event=f"{payload.get('webhook_type')}:{payload.get('webhook_code')}",
            webhook_id=str(uuid.uuid4()),
            seal=lambda: _sealed(sim, altered(payload, order), order),
            subject=subject,
            variant=order.variant,
        )

    return await send(courier, order, make)


def _sealed(sim: Simulator, payload: dict[str, Any], order: WebhookOrder) -> Sealed:
    key = sim.state["keys"][-1]
    body = signing.wire_body(payload)
    if order.variant == "forged":
        forged = signing.new_key()
        key = {**forged, "kid": key["kid"]} if order.same_kid else forged
    headers = {"content-type": "application/json"}
    if order.variant != "unsigned":
        headers["plaid-verification"] = signing.sign(key, body, int(time.time() - order.age_s))
    if order.variant == "tampered":
        body = signing.wire_body({**payload, "tampered": True})
    return Sealed(body, headers)
