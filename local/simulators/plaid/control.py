"""Implement the control commands of the Plaid simulator."""

import time
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators import webhook_requests
from local.simulators.control import CONTROL_PREFIX, JsonObject, command_route, events_route
from local.simulators.control_errors import ControlError
from local.simulators.plaid import examples, fixtures, items, published_events, webhooks
from local.simulators.plaid.signing import generate_key
from local.simulators.plaid.state import Item, Simulator


def _item(sim: Simulator, command: JsonObject) -> Item:
    item = sim.state["items"].get(command.get("item_id", ""))
    if item is None:
        raise ControlError(404, "unknown item_id")
    return item


async def trade(sim: Simulator, command: JsonObject) -> JsonObject:
    """Buy or sell; `silent` sends no webhook, as if it were lost."""
    item = _item(sim, command)
    is_new = items.trade(item, command.get("ticker", "AAPL"), Decimal(str(command.get("quantity", "1"))))
    sim.save()
    return {"deliveries": await _send_holdings_webhook(sim, item, command, new=int(is_new), updated=int(not is_new))}


async def move_prices(sim: Simulator, command: JsonObject) -> JsonObject:
    """Change prices by `percent`: those of `ticker`, or all except cash and cash equivalents."""
    item = _item(sim, command)
    moved = items.move_prices(item, webhook_requests.parse_percent(command), command.get("ticker"))
    sim.save()
    return {"moved": moved, "deliveries": await _send_holdings_webhook(sim, item, command, new=0, updated=moved)}


async def _send_holdings_webhook(
    sim: Simulator, item: Item, command: JsonObject, *, new: int, updated: int
) -> list[dict[str, Any]]:
    """Send the webhook of changed holdings, unless the command is silent or the item is broken."""
    if command.get("silent") or item["login_required"]:
        return []
    return await webhooks.notify(sim, item, "HOLDINGS", "DEFAULT_UPDATE", new_holdings=new, updated_holdings=updated)


async def send_webhook(sim: Simulator, command: JsonObject) -> JsonObject:
    """Send the requested webhook; an unknown item needs a `url`."""
    item_id = command.get("item_id", "")
    item = sim.state["items"].get(item_id)
    request = webhook_requests.parse_webhook_request(command)
    accounts = item["accounts"] if item else []
    account_id = command.get("account_id") or (accounts[0]["account_id"] if accounts else "unknown")
    payload = webhooks.build_item_payload(
        item_id, command.get("type", "HOLDINGS"), command.get("code", "DEFAULT_UPDATE"), account_id
    )
    return await webhooks.deliver(sim, payload, item_id, request, item["webhook"] if item else None)


async def send_event(sim: Simulator, command: JsonObject) -> JsonObject:
    """Send any published event: about `item_id`, else about the newest item; an unknown item needs a `url`."""
    example = published_events.find_example(command.get("event", ""))
    request = webhook_requests.parse_webhook_request(command)
    item_id = command.get("item_id") or next(reversed(sim.state["items"]), None)
    if item_id is None and "item_id" in example:
        raise ControlError(409, "no item is linked: link one, or name an item_id")
    item = sim.state["items"].get(item_id or "")
    account_id = item["accounts"][0]["account_id"] if item and item["accounts"] else "unknown"
    payload = published_events.build_payload(example, item_id or "", account_id)
    return await webhooks.deliver(sim, payload, item_id or "", request, item["webhook"] if item else None)


async def break_login(sim: Simulator, command: JsonObject) -> JsonObject:
    item = _item(sim, command)
    item["login_required"] = True
    sim.save()
    return {"deliveries": await _send_item_webhook(sim, item, command, "ERROR")}


async def repair_login(sim: Simulator, command: JsonObject) -> JsonObject:
    item = _item(sim, command)
    item["login_required"] = False
    sim.save()
    return {"deliveries": await _send_item_webhook(sim, item, command, "LOGIN_REPAIRED")}


async def _send_item_webhook(sim: Simulator, item: Item, command: JsonObject, code: str) -> list[dict[str, Any]]:
    return [] if command.get("silent") else await webhooks.notify(sim, item, "ITEM", code)


async def generate_positions(sim: Simulator, command: JsonObject) -> JsonObject:
    """Replace the positions of an item, or of the account `account_id`, with generated ones; send the webhook."""
    item = _item(sim, command)
    account_id = command.get("account_id")
    accounts = [held for held in item["accounts"] if account_id in (None, held["account_id"])]
    if not accounts:
        raise ControlError(404, "unknown account_id")
    generated, securities = fixtures.generate_positions(accounts, int(command.get("count", 0)))
    kept = [held for held in item["positions"] if account_id not in (None, held["account_id"])]
    item["positions"] = kept + generated
    item["securities"] |= securities
    item["unannounced"] = True
    sim.save()
    deliveries = await _send_holdings_webhook(sim, item, command, new=len(generated), updated=0)
    return {"count": len(item["positions"]), "deliveries": deliveries}


async def add_example(sim: Simulator, command: JsonObject) -> JsonObject:
    """Add an example of what an item can hold, and send the webhook of a trade."""
    item = _item(sim, command)
    examples.add_example(item, command.get("kind", ""))
    sim.save()
    return {"deliveries": await _send_holdings_webhook(sim, item, command, new=1, updated=0)}


async def end_access(sim: Simulator, command: JsonObject) -> JsonObject:
    """End an item for good, as the institution or the user can: every further call is ITEM_NOT_FOUND."""
    item = _item(sim, command)
    items.remove_item(sim, item)
    sim.save()
    return {"deliveries": await _send_item_webhook(sim, item, command, "USER_PERMISSION_REVOKED")}


async def connect(sim: Simulator, command: JsonObject) -> JsonObject:
    """Create an item without the portal and return its id and access token."""
    item = items.create_item(
        sim, command.get("webhook"), ["investments"], command.get("client_user_id", ""), command.get("institution_id")
    )
    sim.save()
    return {"item_id": item["item_id"], "access_token": item["access_token"]}


async def rotate_key(sim: Simulator, command: JsonObject) -> JsonObject:
    """Create a signing key; with `expire` the old one expires now."""
    if command.get("expire"):
        sim.state["keys"][-1]["expired_at"] = int(time.time())
    sim.state["keys"].append(generate_key())
    sim.save()
    return {"kid": sim.state["keys"][-1]["kid"]}


def build_routes(sim: Simulator) -> list[Route]:
    async def list_items(_request: Request) -> Response:
        return JSONResponse({"items": [_summary(item) for item in sim.state["items"].values()]})

    commands = {
        "trade": trade,
        "prices": move_prices,
        "webhook": send_webhook,
        "event": send_event,
        "break": break_login,
        "repair": repair_login,
        "positions": generate_positions,
        "example": add_example,
        "end": end_access,
        "connect": connect,
        "rotate_key": rotate_key,
    }
    return [
        Route(f"{CONTROL_PREFIX}/items", list_items),
        events_route(published_events.published_events),
        *(command_route(name, partial(run, sim)) for name, run in commands.items()),
    ]


def _summary(item: Item) -> dict[str, Any]:
    shown = ("item_id", "access_token", "client_user_id", "institution_id", "webhook", "login_required", "updated_at")
    summary: dict[str, Any] = {name: value for name, value in item.items() if name in shown}
    return summary | {"accounts": item["accounts"], "positions": len(item["positions"])}
