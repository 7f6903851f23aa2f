"""Implement SnapTrade's API: one function per call, from the verified request to the response JSON."""

from collections.abc import Awaitable, Callable
from typing import Any

from local.simulators.snaptrade import connections, users, webhooks
from local.simulators.snaptrade.errors import SnapTradeError
from local.simulators.snaptrade.fixtures import BROKERS
from local.simulators.snaptrade.signed_request import SignedRequest, authenticate_user
from local.simulators.snaptrade.state import Account, Simulator, User, find_account, find_connection
from local.simulators.snaptrade.views import (
    render_account,
    render_balances,
    render_brokerage,
    render_connection,
    render_positions,
)

Json = dict[str, Any] | list[dict[str, Any]] | list[str]
Call = Callable[[Simulator, SignedRequest], Awaitable[Json]]
UserCall = Callable[[Simulator, SignedRequest, User], Awaitable[Json]]


async def list_connections(_sim: Simulator, _request: SignedRequest, user: User) -> Json:
    return [render_connection(connection) for connection in user["connections"].values()]


async def get_connection(_sim: Simulator, request: SignedRequest, user: User) -> Json:
    return render_connection(find_connection(user, request.path["connection_id"]))


async def list_accounts(_sim: Simulator, request: SignedRequest, user: User) -> Json:
    connection = find_connection(user, request.path["connection_id"])
    return [render_account(account, connection) for account in connection["accounts"]]


async def list_positions(_sim: Simulator, request: SignedRequest, user: User) -> Json:
    """List positions; accounts of a disabled connection still return cached ones."""
    account = _open_account(user, request)
    if not account["initial_sync_completed"]:
        raise SnapTradeError(425, "3012", "Account data is still being populated. Please try again later.")
    return render_positions(account)


async def list_balances(_sim: Simulator, request: SignedRequest, user: User) -> Json:
    return render_balances(_open_account(user, request))


def _open_account(user: User, request: SignedRequest) -> Account:
    """Return the account of a request. Raises SnapTradeError (404) if its broker has closed it."""
    account = find_account(user, request.path["account_id"])
    if account.get("status") == "closed":
        raise SnapTradeError(404, "1011", "The account is closed at the brokerage.")
    return account


async def refresh_connection(sim: Simulator, request: SignedRequest, user: User) -> Json:
    connection = find_connection(user, request.path["connection_id"])
    if connection["disabled"]:
        detail = "Unable to sync with brokerage account because the connection is disabled."
        raise SnapTradeError(402, "3003", detail)
    connections.record_sync(connection)
    sim.save()
    sim.controls.sender.run_in_background(webhooks.send_holdings_updated(sim, user, connection))
    return {"detail": f"Connection {connection['id']} scheduled for refresh"}


async def disable_connection(sim: Simulator, request: SignedRequest, user: User) -> Json:
    connection = find_connection(user, request.path["connection_id"])
    if connection["disabled"]:
        raise SnapTradeError(402, "3011", "This connection is already disabled.")
    connections.disable(connection)
    sim.save()
    sim.controls.sender.run_in_background(webhooks.notify(sim, user["user_id"], "CONNECTION_BROKEN", connection))
    return {"detail": f"Connection {connection['id']} has been disabled"}


async def delete_connection(sim: Simulator, request: SignedRequest, user: User) -> Json:
    connection = find_connection(user, request.path["connection_id"])
    del user["connections"][connection["id"]]
    sim.save()
    sim.controls.sender.run_in_background(webhooks.notify(sim, user["user_id"], "CONNECTION_DELETED", connection))
    detail = "Connection queued for deletion; please wait for webhook for confirmation."
    return {"detail": detail, "connection_id": connection["id"]}


async def get_client_info(sim: Simulator, _request: SignedRequest) -> Json:
    """Return the permissions of the client id, and the brokerages that it may connect."""
    accesses = ("trades", "holdings", "account_history", "reference_data", "portfolio_management", "orders")
    allowed = {f"can_access_{name}": name != "trades" for name in accesses}
    name = {"slug": sim.client_id, "name": "Simulated", "logo_url": None, "redirect_uri": None}
    return {**name, "allowed_brokerages": [render_brokerage(*one) for one in BROKERS.items()], **allowed}


async def refuse_retired(_sim: Simulator, _request: SignedRequest) -> Json:
    raise SnapTradeError(410, None, "This endpoint has been retired; use /accounts/{accountId}/positions/all.")


def require_user(call: UserCall) -> Call:
    async def call_with_user(sim: Simulator, request: SignedRequest) -> Json:
        return await call(sim, request, authenticate_user(sim, request.query))

    return call_with_user


CALLS: list[tuple[str, str, Call]] = [
    ("POST", "/snapTrade/registerUser", users.register_user),
    ("POST", "/snapTrade/resetUserSecret", users.reset_secret),
    ("POST", "/snapTrade/login", require_user(users.create_login)),
    ("DELETE", "/snapTrade/deleteUser", users.delete_user),
    ("GET", "/snapTrade/listUsers", users.list_user_ids),
    ("GET", "/snapTrade/partners", get_client_info),
    ("GET", "/authorizations", require_user(list_connections)),
    ("GET", "/authorizations/{connection_id}", require_user(get_connection)),
    ("GET", "/authorizations/{connection_id}/accounts", require_user(list_accounts)),
    ("POST", "/authorizations/{connection_id}/refresh", require_user(refresh_connection)),
    ("POST", "/authorizations/{connection_id}/disable", require_user(disable_connection)),
    ("DELETE", "/connection/{connection_id}", require_user(delete_connection)),
    ("GET", "/accounts/{account_id}/positions/all", require_user(list_positions)),
    ("GET", "/accounts/{account_id}/balances", require_user(list_balances)),
    ("GET", "/holdings", refuse_retired),
    ("GET", "/options", refuse_retired),
    ("GET", "/accounts/{account_id}/positions", refuse_retired),
    ("GET", "/accounts/{account_id}/holdings", refuse_retired),
    ("GET", "/accounts/{account_id}/options", refuse_retired),
]
