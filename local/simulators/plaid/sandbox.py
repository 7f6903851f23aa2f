"""Implement the calls of Plaid's sandbox."""

from typing import Any

from local.simulators.plaid import items, webhooks
from local.simulators.plaid.errors import PlaidError
from local.simulators.plaid.state import Simulator

_PRODUCTS = {
    "HOLDINGS": "investments",
    "INVESTMENTS_TRANSACTIONS": "investments",
    "TRANSACTIONS": "transactions",
    "LIABILITIES": "liabilities",
    "AUTH": "auth",
    "IDENTITY": "identity",
}
_ITEM_CODES = (
    "NEW_ACCOUNTS_AVAILABLE",
    "LOGIN_REPAIRED",
    "PENDING_DISCONNECT",
    "USER_PERMISSION_REVOKED",
    "USER_ACCOUNT_REVOKED",
)


async def create_public_token(sim: Simulator, body: dict[str, Any]) -> dict[str, Any]:
    options = body.get("options") or {}
    item = items.create_item(sim, options.get("webhook"), body["initial_products"], "", body["institution_id"])
    public_token = items.issue_public_token(sim, item)
    sim.save()
    return {"public_token": public_token}


async def fire_webhook(sim: Simulator, body: dict[str, Any]) -> dict[str, Any]:
    item = sim.find_item(body["access_token"])
    code = body["webhook_code"]
    webhook_type = "ITEM" if code in _ITEM_CODES else body.get("webhook_type", "TRANSACTIONS")
    if webhook_type != "ITEM" and (code != "DEFAULT_UPDATE" or webhook_type not in _PRODUCTS):
        raise PlaidError("INVALID_REQUEST", "INVALID_FIELD", "webhook_code can't be fired for this webhook_type")
    if webhook_type != "ITEM" and _PRODUCTS[webhook_type] not in item["products"]:
        raise PlaidError("SANDBOX_ERROR", "SANDBOX_PRODUCT_NOT_ENABLED", "the product is not enabled on this item")
    if item["webhook"] is None:
        raise PlaidError("SANDBOX_ERROR", "SANDBOX_WEBHOOK_INVALID", "no webhook URL is set for this item")
    await webhooks.notify(sim, item, webhook_type, code)
    return {"webhook_fired": True}


async def reset_login(sim: Simulator, body: dict[str, Any]) -> dict[str, Any]:
    item = sim.find_item(body["access_token"])
    item["login_required"] = True
    sim.save()
    await webhooks.notify(sim, item, "ITEM", "ERROR")
    return {"reset_login": True}
