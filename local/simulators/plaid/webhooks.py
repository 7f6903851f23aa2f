"""Build, sign and send Plaid's webhooks."""

import time
import uuid
from dataclasses import replace
from typing import Any

from local.simulators.control_errors import ControlError
from local.simulators.deliveries import Notification, RetrySchedule, SignedWebhook
from local.simulators.plaid import signing
from local.simulators.plaid.errors import PlaidError, login_required_error, render_webhook_error
from local.simulators.plaid.state import Item, LinkSession, Simulator, format_timestamp
from local.simulators.webhook_requests import WebhookRequest, apply_overrides, replay_notification, send_webhooks

# The first retry follows after 30 s, each later one after four times as long, within 24 h; only 200 ends them.
RETRY_SCHEDULE = RetrySchedule(tuple(30.0 * 4**retry for retry in range(6)), frozenset((200,)), honors_retry_after=True)

_REVOKED = PlaidError(
    "ITEM_ERROR", "USER_PERMISSION_REVOKED", "the holder of this account has revoked their permission"
)
WEEK_S = 7 * 24 * 3600


def event_fields(webhook_type: str, code: str, account_id: str | None) -> dict[str, Any]:
    """Return the fields that this kind of webhook adds to the common ones."""
    if webhook_type == "HOLDINGS":
        return {"new_holdings": 0, "updated_holdings": 1, "error": None}
    if webhook_type == "INVESTMENTS_TRANSACTIONS":
        return {"new_investments_transactions": 1, "cancelled_investments_transactions": 0, "error": None}
    others: dict[str, dict[str, Any]] = {
        "ERROR": {"error": render_webhook_error(login_required_error())},
        "USER_PERMISSION_REVOKED": {"error": render_webhook_error(_REVOKED)},
        "USER_ACCOUNT_REVOKED": {"account_id": account_id},
        "PENDING_EXPIRATION": {"consent_expiration_time": format_timestamp(time.time() + WEEK_S)},
        "PENDING_DISCONNECT": {
            "reason": "INSTITUTION_MIGRATION",
            "disconnect_time": format_timestamp(time.time() + WEEK_S),
        },
        "NEW_ACCOUNTS_AVAILABLE": {"error": None},
    }
    return others.get(code, {})


def build_item_payload(item_id: str, webhook_type: str, code: str, account_id: str | None = None) -> dict[str, Any]:
    return {
        "webhook_type": webhook_type,
        "webhook_code": code,
        "item_id": item_id,
        "user_id": f"usr_{item_id[:14]}",
        "environment": "sandbox",
        **event_fields(webhook_type, code, account_id),
    }


def build_session_payload(session: LinkSession) -> dict[str, Any]:
    return {
        "webhook_type": "LINK",
        "webhook_code": "SESSION_FINISHED",
        "status": "EXITED" if session.get("exit") else "SUCCESS",
        "link_session_id": session["link_session_id"],
        "link_token": session["link_token"],
        "public_tokens": [token for token in (session["public_token"],) if token],
        "environment": "sandbox",
    }


async def notify(sim: Simulator, item: Item, webhook_type: str, code: str, **extra: object) -> list[dict[str, Any]]:
    """Send a genuine webhook of an item, if the item has a URL."""
    if item["webhook"] is None:
        return []
    account_id = item["accounts"][0]["account_id"] if item["accounts"] else None
    payload = build_item_payload(item["item_id"], webhook_type, code, account_id)
    item["last_webhook"] = {"sent_at": format_timestamp(), "code_sent": code}
    item["unannounced"] = False
    sim.save()
    sent = await deliver(sim, payload, item["item_id"], WebhookRequest(extra=extra), item["webhook"])
    deliveries: list[dict[str, Any]] = sent["deliveries"]
    return deliveries


async def deliver(
    sim: Simulator, payload: dict[str, Any], subject: str, request: WebhookRequest, url: str | None
) -> dict[str, Any]:
    target = request.url or url
    if target is None:
        raise ControlError(409, "the item has no webhook URL")
    sender = sim.controls.sender
    if request.variant == "replay":
        again = replace(replay_notification(sender, subject, None), url=target)
        return await send_webhooks(sender, request, lambda: again)

    def create_notification() -> Notification:
        return Notification(
            url=target,
            event=f"{payload.get('webhook_type')}:{payload.get('webhook_code')}",
            webhook_id=str(uuid.uuid4()),
            sign=lambda: _sign_webhook(sim, apply_overrides(payload, request), request),
            subject=subject,
            variant=request.variant,
        )

    return await send_webhooks(sender, request, create_notification)


def _sign_webhook(sim: Simulator, payload: dict[str, Any], request: WebhookRequest) -> SignedWebhook:
    key = sim.state["keys"][-1]
    body = signing.encode_body(payload)
    if request.variant == "forged":
        forged = signing.generate_key()
        key = {**forged, "kid": key["kid"]} if request.same_kid else forged
    headers = {"content-type": "application/json"}
    if request.variant != "unsigned":
        headers["plaid-verification"] = signing.sign(key, body, int(time.time() - request.age_s))
    if request.variant == "tampered":
        body = signing.encode_body({**payload, "tampered": True})
    return SignedWebhook(body, headers)
