"""Implement Plaid's API: one function per call, from request body to response body (without request_id)."""

from collections.abc import Awaitable, Callable
from typing import Any

from local.simulators.plaid import items, link, sandbox, signing, webhooks
from local.simulators.plaid.errors import PlaidError, login_required_error, missing_fields_error
from local.simulators.plaid.state import Simulator
from local.simulators.plaid.views import render_holdings, render_item, render_status

Body = dict[str, Any]
Call = Callable[[Simulator, Body], Awaitable[Body]]


async def get_verification_key(sim: Simulator, body: Body) -> Body:
    for key in sim.state["keys"]:
        if key["kid"] == body["key_id"]:
            return {"key": signing.public_jwk(key)}
    raise PlaidError(
        "INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID", "invalid webhook verification key_id provided"
    )


async def exchange_public_token(sim: Simulator, body: Body) -> Body:
    item = items.redeem_public_token(sim, body["public_token"])
    sim.save()
    return {"access_token": item["access_token"], "item_id": item["item_id"]}


async def get_item(sim: Simulator, body: Body) -> Body:
    item = sim.find_item(body["access_token"])
    details = {"created_at": item["created_at"], "consented_use_cases": [], "consented_data_scopes": ["investments"]}
    return {"item": render_item(item) | details, "status": render_status(item)}


async def remove_item(sim: Simulator, body: Body) -> Body:
    items.remove_item(sim, sim.find_item(body["access_token"]))
    sim.save()
    return {}


async def update_webhook(sim: Simulator, body: Body) -> Body:
    item = sim.find_item(body["access_token"])
    item["webhook"] = body.get("webhook")
    sim.save()
    if item["webhook"]:
        acknowledged = {"new_webhook_url": item["webhook"], "error": None}
        sim.controls.sender.run_in_background(
            webhooks.notify(sim, item, "ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", **acknowledged)
        )
    return {"item": render_item(item)}


async def get_holdings(sim: Simulator, body: Body) -> Body:
    item = sim.find_item(body["access_token"])
    if item["login_required"]:
        raise login_required_error()
    if "investments" not in item["products"]:
        raise PlaidError("ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED", "the products requested are not supported")
    account_ids = (body.get("options") or {}).get("account_ids")
    known = {account["account_id"] for account in item["accounts"]}
    if account_ids is not None and not known.issuperset(account_ids):
        raise PlaidError("INVALID_INPUT", "INVALID_ACCOUNT_ID", "one or more of the account IDs is invalid")
    return render_holdings(item, account_ids)


async def refresh_investments(sim: Simulator, body: Body) -> Body:
    """Send a webhook only if the holdings changed since the last one."""
    item = sim.find_item(body["access_token"])
    if item["login_required"]:
        raise login_required_error()
    if item["unannounced"]:
        sim.controls.sender.run_in_background(webhooks.notify(sim, item, "HOLDINGS", "DEFAULT_UPDATE"))
    return {}


# By path: the function and its required fields.
CALLS: dict[str, tuple[Call, tuple[str, ...]]] = {
    "/webhook_verification_key/get": (get_verification_key, ("key_id",)),
    "/link/token/create": (link.create_link_token, ("client_name", "language", "country_codes")),
    "/link/token/get": (link.get_link_token, ("link_token",)),
    "/item/public_token/exchange": (exchange_public_token, ("public_token",)),
    "/item/get": (get_item, ("access_token",)),
    "/item/remove": (remove_item, ("access_token",)),
    "/item/webhook/update": (update_webhook, ("access_token",)),
    "/investments/holdings/get": (get_holdings, ("access_token",)),
    "/investments/refresh": (refresh_investments, ("access_token",)),
    "/sandbox/public_token/create": (sandbox.create_public_token, ("institution_id", "initial_products")),
    "/sandbox/item/fire_webhook": (sandbox.fire_webhook, ("access_token", "webhook_code")),
    "/sandbox/item/reset_login": (sandbox.reset_login, ("access_token",)),
}


def require_fields(body: Body, required: tuple[str, ...]) -> None:
    absent = [name for name in required if body.get(name) in (None, "")]
    if absent:
        raise missing_fields_error(absent)


def require_credentials(sim: Simulator, client_id: object, secret: object) -> None:
    if client_id is None or secret is None:
        raise missing_fields_error(
            [name for name, value in (("client_id", client_id), ("secret", secret)) if value is None]
        )
    if (client_id, secret) != (sim.client_id, sim.secret):
        raise PlaidError("INVALID_INPUT", "INVALID_API_KEYS", "invalid client_id or secret provided")
