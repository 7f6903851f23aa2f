"""The Plaid simulator's own control calls."""

import time
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators import webhook_requests
from local.simulators.control import CONTROL, Order, command
from local.simulators.control_errors import Refused
from local.simulators.plaid import fixtures, items, webhooks
from local.simulators.plaid.signing import new_key
from local.simulators.plaid.state import Item, Simulator


def _item(sim: Simulator, order: Order) -> Item:
    item = sim.state["items"].get(order.get("item_id", ""))
    if item is None:
        raise Refused(404, "no such item_id")
    return item


async def trade(sim: Simulator, order: Order) -> Order:
    """`silent`: the holdings change and no webhook tells of it (a lost one)."""
    item = _item(sim, order)
    is_new = items.trade(item, order.get("ticker", "AAPL"), Decimal(str(order.get("quantity", "1"))))
    sim.save()
    return {"deliveries": await _told(sim, item, order, new=int(is_new), updated=int(not is_new))}


async def prices(sim: Simulator, order: Order) -> Order:
    """Move the prices by `percent`: those of `ticker`, or all but cash and its like."""
    item = _item(sim, order)
    moved = items.move_prices(item, webhook_requests.percent(order), order.get("ticker"))
    sim.save()
    return {"moved": moved, "deliveries": await _told(sim, item, order, new=0, updated=moved)}


async def _told(sim: Simulator, item: Item, order: Order, *, new: int, updated: int) -> list[dict[str, Any]]:
    """The webhook of changed holdings, unless it is to be lost; a broken item sends none."""
    if order.get("silent") or item["login_required"]:
        return []
    return await webhooks.notify(sim, item, "HOLDINGS", "DEFAULT_UPDATE", new_holdings=new, updated_holdings=updated)


async def webhook(sim: Simulator, order: Order) -> Order:
    """One webhook as ordered; an item that does not exist here needs a `url`."""
    item_id = order.get("item_id", "")
    item = sim.state["items"].get(item_id)
    parsed = webhook_requests.ordered(order)
    accounts = item["accounts"] if item else []
    account_id = order.get("account_id") or (accounts[0]["account_id"] if accounts else "unknown")
    payload = webhooks.item_payload(
        item_id, order.get("type", "HOLDINGS"), order.get("code", "DEFAULT_UPDATE"), account_id
    )
    return await webhooks.deliver(sim, payload, item_id, parsed, item["webhook"] if item else None)


async def break_login(sim: Simulator, order: Order) -> Order:
    item = _item(sim, order)
    item["login_required"] = True
    sim.save()
    return {"deliveries": await webhooks.notify(sim, item, "ITEM", "ERROR")}


async def repair_login(sim: Simulator, order: Order) -> Order:
    item = _item(sim, order)
    item["login_required"] = False
    sim.save()
    return {"deliveries": await webhooks.notify(sim, item, "ITEM", "LOGIN_REPAIRED")}


async def positions(sim: Simulator, order: Order) -> Order:
    """Replace an item's positions (with account_id: that account's) with generated ones."""
    item = _item(sim, order)
    account_id = order.get("account_id")
    accounts = [held for held in item["accounts"] if account_id in (None, held["account_id"])]
    if not accounts:
        raise Refused(404, "no such account_id")
    made, securities = fixtures.generated(accounts, int(order.get("count", 0)))
    kept = [held for held in item["positions"] if account_id not in (None, held["account_id"])]
    item["positions"] = kept + made
    item["securities"] |= securities
    item["unannounced"] = True
    sim.save()
    return {"count": len(item["positions"])}


async def connect(sim: Simulator, order: Order) -> Order:
    """An item without the portal: {"webhook", "client_user_id", "institution_id"} -> its id and access token."""
    item = items.create(
        sim, order.get("webhook"), ["investments"], order.get("client_user_id", ""), order.get("institution_id")
    )
    sim.save()
    return {"item_id": item["item_id"], "access_token": item["access_token"]}


async def rotate_key(sim: Simulator, order: Order) -> Order:
    """A new signing key; with `expire` the old one is expired from now on."""
    if order.get("expire"):
        sim.state["keys"][-1]["expired_at"] = int(time.time())
    sim.state["keys"].append(new_key())
    sim.save()
    return {"kid": sim.state["keys"][-1]["kid"]}


def routes(sim: Simulator) -> list[Route]:
    async def listed(_request: Request) -> Response:
        return JSONResponse({"items": [_summary(item) for item in sim.state["items"].values()]})

    commands = {
        "trade": trade,
        "prices": prices,
        "webhook": webhook,
        "break": break_login,
        "repair": repair_login,
        "positions": positions,
        "connect": connect,
        "rotate_key": rotate_key,
    }
    return [Route(f"{CONTROL}/items", listed), *(command(name, partial(run, sim)) for name, run in commands.items())]


def _summary(item: Item) -> dict[str, Any]:
    shown = ("item_id", "access_token", "client_user_id", "institution_id", "webhook", "login_required", "updated_at")
    summary: dict[str, Any] = {name: value for name, value in item.items() if name in shown}
    return summary | {"accounts": item["accounts"], "positions": len(item["positions"])}
