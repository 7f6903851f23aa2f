"""The SnapTrade simulator's own control calls."""

from decimal import Decimal
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators import webhook_requests
from local.simulators.control import CONTROL, Order, command
from local.simulators.control_errors import Refused
from local.simulators.snaptrade import connections, events, fixtures, users, webhooks
from local.simulators.snaptrade.state import Account, Connection, Simulator, User


def _target(sim: Simulator, order: Order) -> tuple[User, Connection]:
    """The connection named by connection_id, account_id, or user_id (its first); raises Refused."""
    for user, connection in sim.connections():
        account_ids = {account["id"] for account in connection["accounts"]}
        if order.get("connection_id") not in (None, connection["id"]):
            continue
        if order.get("user_id") not in (None, user["user_id"]):
            continue
        if "account_id" in order and order["account_id"] not in account_ids:
            continue
        return user, connection
    raise Refused(404, "no such connection")


def _accounts(connection: Connection, order: Order) -> list[Account]:
    return [account for account in connection["accounts"] if order.get("account_id") in (None, account["id"])]


async def trade(sim: Simulator, order: Order) -> Order:
    """`silent`: the holdings change and no webhook tells of it (a lost one)."""
    user, connection = _target(sim, order)
    quantity = Decimal(str(order.get("quantity", "1")))
    connections.trade(connection, order.get("ticker", "AAPL"), quantity, order.get("account_id"))
    sim.save()
    return {"deliveries": await _told(sim, user, connection, order)}


async def prices(sim: Simulator, order: Order) -> Order:
    """Move the prices by `percent`: those of `ticker`, or all but cash's like."""
    user, connection = _target(sim, order)
    moved = connections.move_prices(connection, webhook_requests.percent(order), order.get("ticker"))
    sim.save()
    return {"moved": moved, "deliveries": await _told(sim, user, connection, order)}


async def _told(sim: Simulator, user: User, connection: Connection, order: Order) -> list[dict[str, Any]]:
    """The webhooks of changed holdings, unless they are to be lost; a disabled connection sends none."""
    if order.get("silent") or connection["disabled"]:
        return []
    return await webhooks.holdings_updated(sim, user, connection)


async def webhook(sim: Simulator, order: Order) -> Order:
    """One event as ordered; users, connections and accounts that do not exist here are taken by their ids."""
    parsed = webhook_requests.ordered(order)
    event_type = order.get("event_type", events.HOLDINGS_UPDATED)
    try:
        user, connection = _target(sim, order)
    except Refused:
        stranger = {"brokerageAuthorizationId": order.get("connection_id"), "accountId": order.get("account_id")}
        named = {name: value for name, value in stranger.items() if value is not None}
        order = {**order, "extra": {**named, **parsed.extra}}
        user_id = order.get("user_id", "")
        return await webhooks.deliver(sim, user_id, event_type, None, None, webhook_requests.ordered(order))
    accounts = _accounts(connection, order)
    account = accounts[0] if accounts else None
    return await webhooks.deliver(sim, user["user_id"], event_type, connection, account, parsed)


async def break_connection(sim: Simulator, order: Order) -> Order:
    user, connection = _target(sim, order)
    connections.disable(connection)
    sim.save()
    return {"deliveries": await webhooks.notify(sim, user["user_id"], "CONNECTION_BROKEN", connection)}


async def repair_connection(sim: Simulator, order: Order) -> Order:
    user, connection = _target(sim, order)
    connections.repair(connection)
    sim.save()
    return {"deliveries": await webhooks.notify(sim, user["user_id"], "CONNECTION_FIXED", connection)}


async def positions(sim: Simulator, order: Order) -> Order:
    """Replace the positions of a connection (with account_id: of that account) with generated ones."""
    _, connection = _target(sim, order)
    fixtures.generated(_accounts(connection, order), int(order.get("count", 0)))
    connections.synced(connection)
    sim.save()
    return {"count": sum(len(account["positions"]) for account in connection["accounts"])}


async def sync_status(sim: Simulator, order: Order) -> Order:
    """Set initial_sync_completed and holdings_unavailable of the accounts named."""
    _, connection = _target(sim, order)
    for account in _accounts(connection, order):
        account["initial_sync_completed"] = order.get("initial_sync_completed", account["initial_sync_completed"])
        account["holdings_unavailable"] = order.get("holdings_unavailable", account["holdings_unavailable"])
    sim.save()
    return {"status": "set"}


async def connect(sim: Simulator, order: Order) -> Order:
    """{"user_id", "broker"?, "silent"?}: a connection without the portal; the user is registered if need be.

    With a personal key it is the person's, whoever is named.
    """
    user = users.person(sim) if sim.personal else _named_user(sim, order)
    connection, is_new = connections.create(user, order.get("broker"))
    sim.save()
    told = is_new and not order.get("silent")
    deliveries = await webhooks.connected(sim, user, connection) if told else []
    return {
        "user_id": user["user_id"],
        "user_secret": user["user_secret"],
        "connection_id": connection["id"],
        "account_ids": [account["id"] for account in connection["accounts"]],
        "deliveries": deliveries,
    }


def _named_user(sim: Simulator, order: Order) -> User:
    user_id = order.get("user_id")
    if not user_id:
        raise Refused(400, "connect needs a user_id")
    return sim.state["users"].get(user_id) or users.create(sim, user_id)


async def deletion(sim: Simulator, order: Order) -> Order:
    """{"takes_s"}: how long a user stays who is to be deleted."""
    sim.deletion_takes_s = float(order.get("takes_s", 0))
    return {"status": "set"}


def routes(sim: Simulator) -> list[Route]:
    async def listed(_request: Request) -> Response:
        return JSONResponse({"users": [_summary(user) for user in sim.state["users"].values()]})

    commands = {
        "trade": trade,
        "prices": prices,
        "webhook": webhook,
        "break": break_connection,
        "repair": repair_connection,
        "positions": positions,
        "sync_status": sync_status,
        "connect": connect,
        "deletion": deletion,
    }
    return [Route(f"{CONTROL}/users", listed), *(command(name, partial(run, sim)) for name, run in commands.items())]


def _summary(user: User) -> dict[str, Any]:
    shown = ("id", "broker", "disabled")
    summaries = []
    for connection in user["connections"].values():
        summary: dict[str, Any] = {name: value for name, value in connection.items() if name in shown}
        accounts = [{"id": held["id"], "positions": len(held["positions"])} for held in connection["accounts"]]
        summaries.append(summary | {"accounts": accounts})
    return {"user_id": user["user_id"], "user_secret": user["user_secret"], "connections": summaries}
