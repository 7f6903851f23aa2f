"""SnapTrade's API: one function per call, from the checked request to the answer's JSON."""

from collections.abc import Awaitable, Callable
from typing import Any

from local.simulators.snaptrade import connections, users, webhooks
from local.simulators.snaptrade.errors import SnapTradeRefusal
from local.simulators.snaptrade.signed_request import Asked, user_in
from local.simulators.snaptrade.state import Simulator, User, account_of, connection_of
from local.simulators.snaptrade.views import account_view, balances_view, connection_view, positions_view

Json = dict[str, Any] | list[dict[str, Any]] | list[str]
Call = Callable[[Simulator, Asked], Awaitable[Json]]
UserCall = Callable[[Simulator, Asked, User], Awaitable[Json]]


async def list_connections(_sim: Simulator, _asked: Asked, user: User) -> Json:
    return [connection_view(connection) for connection in user["connections"].values()]


async def show_connection(_sim: Simulator, asked: Asked, user: User) -> Json:
    return connection_view(connection_of(user, asked.path["connection_id"]))


async def list_accounts(_sim: Simulator, asked: Asked, user: User) -> Json:
    connection = connection_of(user, asked.path["connection_id"])
    return [account_view(account, connection) for account in connection["accounts"]]


async def list_positions(_sim: Simulator, asked: Asked, user: User) -> Json:
    """A disabled connection's accounts still answer, with what was cached."""
    account = account_of(user, asked.path["account_id"])
    if not account["initial_sync_completed"]:
        raise SnapTradeRefusal(425, "3012", "Account data is still being populated. Please try again later.")
    return positions_view(account)


async def list_balances(_sim: Simulator, asked: Asked, user: User) -> Json:
    return balances_view(account_of(user, asked.path["account_id"]))


async def refresh(sim: Simulator, asked: Asked, user: User) -> Json:
    connection = connection_of(user, asked.path["connection_id"])
    if connection["disabled"]:
        detail = "Unable to sync with brokerage account because the connection is disabled."
        raise SnapTradeRefusal(402, "3003", detail)
    connections.synced(connection)
    sim.save()
    sim.board.courier.background(webhooks.holdings_updated(sim, user, connection))
    return {"detail": f"Connection {connection['id']} scheduled for refresh"}


async def disable(sim: Simulator, asked: Asked, user: User) -> Json:
    connection = connection_of(user, asked.path["connection_id"])
    if connection["disabled"]:
        raise SnapTradeRefusal(402, "3011", "This connection is already disabled.")
    connections.disable(connection)
    sim.save()
    sim.board.courier.background(webhooks.notify(sim, user["user_id"], "CONNECTION_BROKEN", connection))
    return {"detail": f"Connection {connection['id']} has been disabled"}


async def delete_connection(sim: Simulator, asked: Asked, user: User) -> Json:
    connection = connection_of(user, asked.path["connection_id"])
    del user["connections"][connection["id"]]
    sim.save()
    sim.board.courier.background(webhooks.notify(sim, user["user_id"], "CONNECTION_DELETED", connection))
    detail = "Connection queued for deletion; please wait for webhook for confirmation."
    return {"detail": detail, "connection_id": connection["id"]}


async def client_info(sim: Simulator, _asked: Asked) -> Json:
    """What the client id may do; of the brokerages, none is listed."""
    accesses = ("trades", "holdings", "account_history", "reference_data", "portfolio_management", "orders")
    allowed = {f"can_access_{name}": name != "trades" for name in accesses}
    name = {"slug": sim.client_id, "name": "Simulated", "logo_url": None, "redirect_uri": None}
    return {**name, "allowed_brokerages": [], **allowed}


async def retired(_sim: Simulator, _asked: Asked) -> Json:
    raise SnapTradeRefusal(410, None, "This endpoint has been retired; use /accounts/{accountId}/positions/all.")


def for_user(call: UserCall) -> Call:
    async def checked(sim: Simulator, asked: Asked) -> Json:
        return await call(sim, asked, user_in(sim, asked.query))

    return checked


CALLS: list[tuple[str, str, Call]] = [
    ("POST", "/snapTrade/registerUser", users.register),
    ("POST", "/snapTrade/resetUserSecret", users.reset_secret),
    ("POST", "/snapTrade/login", for_user(users.login)),
    ("DELETE", "/snapTrade/deleteUser", users.delete),
    ("GET", "/snapTrade/listUsers", users.list_ids),
    ("GET", "/snapTrade/partners", client_info),
    ("GET", "/authorizations", for_user(list_connections)),
    ("GET", "/authorizations/{connection_id}", for_user(show_connection)),
    ("GET", "/authorizations/{connection_id}/accounts", for_user(list_accounts)),
    ("POST", "/authorizations/{connection_id}/refresh", for_user(refresh)),
    ("POST", "/authorizations/{connection_id}/disable", for_user(disable)),
    ("DELETE", "/connection/{connection_id}", for_user(delete_connection)),
    ("GET", "/accounts/{account_id}/positions/all", for_user(list_positions)),
    ("GET", "/accounts/{account_id}/balances", for_user(list_balances)),
    ("GET", "/holdings", retired),
    ("GET", "/options", retired),
    ("GET", "/accounts/{account_id}/positions", retired),
    ("GET", "/accounts/{account_id}/holdings", retired),
    ("GET", "/accounts/{account_id}/options", retired),
]
