"""Implement the control commands of the SnapTrade simulator."""

from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators import webhook_requests
from local.simulators.control import CONTROL_PREFIX, JsonObject, command_route, events_route
from local.simulators.control_errors import ControlError
from local.simulators.snaptrade import connections, events, examples, fixtures, users, webhooks
from local.simulators.snaptrade.state import Account, Connection, Simulator, User


def _target(sim: Simulator, command: JsonObject) -> tuple[User, Connection]:
    """Return the connection of a connection_id or account_id, or the first of a user_id.

    Raises ControlError if there is none.
    """
    for user, connection in sim.connections():
        account_ids = {account["id"] for account in connection["accounts"]}
        if command.get("connection_id") not in (None, connection["id"]):
            continue
        if command.get("user_id") not in (None, user["user_id"]):
            continue
        if "account_id" in command and command["account_id"] not in account_ids:
            continue
        return user, connection
    raise ControlError(404, "unknown connection")


def _accounts(connection: Connection, command: JsonObject) -> list[Account]:
    return [account for account in connection["accounts"] if command.get("account_id") in (None, account["id"])]


async def trade(sim: Simulator, command: JsonObject) -> JsonObject:
    """Buy or sell; `silent` sends no webhook, as if it were lost."""
    user, connection = _target(sim, command)
    quantity = Decimal(str(command.get("quantity", "1")))
    connections.trade(connection, command.get("ticker", "AAPL"), quantity, command.get("account_id"))
    sim.save()
    return {"deliveries": await _send_holdings_webhooks(sim, user, connection, command)}


async def move_prices(sim: Simulator, command: JsonObject) -> JsonObject:
    """Change prices by `percent`: those of `ticker`, or all except cash equivalents."""
    user, connection = _target(sim, command)
    moved = connections.move_prices(connection, webhook_requests.parse_percent(command), command.get("ticker"))
    sim.save()
    return {"moved": moved, "deliveries": await _send_holdings_webhooks(sim, user, connection, command)}


async def _send_holdings_webhooks(
    sim: Simulator, user: User, connection: Connection, command: JsonObject
) -> list[dict[str, Any]]:
    """Send the webhooks of changed holdings, unless the command is silent or the connection disabled."""
    if command.get("silent") or connection["disabled"]:
        return []
    return await webhooks.send_holdings_updated(sim, user, connection)


async def send_webhook(sim: Simulator, command: JsonObject) -> JsonObject:
    """Send the requested event; unknown ids of users, connections and accounts are sent as they are."""
    request = webhook_requests.parse_webhook_request(command)
    event_type = command.get("event_type", events.HOLDINGS_UPDATED)
    try:
        user, connection = _target(sim, command)
    except ControlError:
        stranger = {"brokerageAuthorizationId": command.get("connection_id"), "accountId": command.get("account_id")}
        named = {name: value for name, value in stranger.items() if value is not None}
        command = {**command, "extra": {**named, **request.extra}}
        user_id = command.get("user_id", "")
        return await webhooks.deliver(
            sim, user_id, event_type, None, None, webhook_requests.parse_webhook_request(command)
        )
    accounts = _accounts(connection, command)
    account = accounts[0] if accounts else None
    return await webhooks.deliver(sim, user["user_id"], event_type, connection, account, request)


async def send_event(sim: Simulator, command: JsonObject) -> JsonObject:
    """Send any published event: about the named connection, account or user, else about the newest connection."""
    event = command.get("event", "")
    if event not in events.PUBLISHED:
        similar = get_close_matches(event, events.PUBLISHED)
        hint = f"; similar: {', '.join(similar)}" if similar else ""
        raise ControlError(404, f"SnapTrade publishes no event {event}{hint}")
    named = {name: command[name] for name in ("connection_id", "account_id", "user_id") if command.get(name)}
    if not named:
        newest = next(reversed(list(sim.connections())), None)
        if newest is None:
            raise ControlError(409, "nothing is connected: connect a broker, or name a user_id")
        user, connection = newest
        named = {"user_id": user["user_id"], "connection_id": connection["id"]}
    return await send_webhook(sim, {**command, **named, "event_type": event})


async def break_connection(sim: Simulator, command: JsonObject) -> JsonObject:
    user, connection = _target(sim, command)
    connections.disable(connection)
    sim.save()
    return {"deliveries": await _send_status_webhook(sim, user, connection, command, "CONNECTION_BROKEN")}


async def repair_connection(sim: Simulator, command: JsonObject) -> JsonObject:
    user, connection = _target(sim, command)
    connections.repair(connection)
    sim.save()
    return {"deliveries": await _send_status_webhook(sim, user, connection, command, "CONNECTION_FIXED")}


async def _send_status_webhook(
    sim: Simulator, user: User, connection: Connection, command: JsonObject, event_type: str
) -> list[dict[str, Any]]:
    return [] if command.get("silent") else await webhooks.notify(sim, user["user_id"], event_type, connection)


async def generate_positions(sim: Simulator, command: JsonObject) -> JsonObject:
    """Replace the positions of a connection, or of the account `account_id`, with generated ones; send the webhooks."""
    user, connection = _target(sim, command)
    fixtures.generate_positions(_accounts(connection, command), int(command.get("count", 0)))
    connections.record_sync(connection)
    sim.save()
    count = sum(len(account["positions"]) for account in connection["accounts"])
    return {"count": count, "deliveries": await _send_holdings_webhooks(sim, user, connection, command)}


async def add_example(sim: Simulator, command: JsonObject) -> JsonObject:
    """Add an example of what a connection can hold, and send the webhooks of a trade."""
    user, connection = _target(sim, command)
    examples.add_example(connection, command.get("kind", ""))
    sim.save()
    return {"deliveries": await _send_holdings_webhooks(sim, user, connection, command)}


async def set_sync_status(sim: Simulator, command: JsonObject) -> JsonObject:
    """Set initial_sync_completed and holdings_unavailable of the named accounts."""
    _, connection = _target(sim, command)
    for account in _accounts(connection, command):
        account["initial_sync_completed"] = command.get("initial_sync_completed", account["initial_sync_completed"])
        account["holdings_unavailable"] = command.get("holdings_unavailable", account["holdings_unavailable"])
    sim.save()
    return {"status": "set"}


async def connect(sim: Simulator, command: JsonObject) -> JsonObject:
    """Create a connection without the portal; registers an unknown user.

    With a personal key the connection belongs to the owner of the key, whichever user is named.
    """
    user = users.ensure_personal_user(sim) if sim.is_personal else _named_user(sim, command)
    connection, is_new = connections.create_connection(user, command.get("broker"))
    sim.save()
    is_announced = is_new and not command.get("silent")
    deliveries = await webhooks.send_connected(sim, user, connection) if is_announced else []
    return {
        "user_id": user["user_id"],
        "user_secret": user["user_secret"],
        "connection_id": connection["id"],
        "account_ids": [account["id"] for account in connection["accounts"]],
        "deliveries": deliveries,
    }


def _named_user(sim: Simulator, command: JsonObject) -> User:
    user_id = command.get("user_id")
    if not user_id:
        raise ControlError(400, "connect needs a user_id")
    return sim.state["users"].get(user_id) or users.create_user(sim, user_id)


async def set_deletion_delay(sim: Simulator, command: JsonObject) -> JsonObject:
    """Set the delay between a deletion and the removal of the user."""
    sim.deletion_takes_s = float(command.get("takes_s", 0))
    return {"status": "set"}


def build_routes(sim: Simulator) -> list[Route]:
    async def list_users(_request: Request) -> Response:
        return JSONResponse({"users": [_summary(user) for user in sim.state["users"].values()]})

    commands = {
        "trade": trade,
        "prices": move_prices,
        "webhook": send_webhook,
        "event": send_event,
        "break": break_connection,
        "repair": repair_connection,
        "positions": generate_positions,
        "example": add_example,
        "sync_status": set_sync_status,
        "connect": connect,
        "deletion": set_deletion_delay,
    }
    return [
        Route(f"{CONTROL_PREFIX}/users", list_users),
        events_route(lambda: events.PUBLISHED),
        *(command_route(name, partial(run, sim)) for name, run in commands.items()),
    ]


def _summary(user: User) -> dict[str, Any]:
    shown = ("id", "broker", "disabled")
    summaries = []
    for connection in user["connections"].values():
        summary: dict[str, Any] = {name: value for name, value in connection.items() if name in shown}
        accounts = [{"id": held["id"], "positions": len(held["positions"])} for held in connection["accounts"]]
        summaries.append(summary | {"accounts": accounts})
    return {"user_id": user["user_id"], "user_secret": user["user_secret"], "connections": summaries}
