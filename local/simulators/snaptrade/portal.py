"""Serve the connection portal as a page with one button."""

import time
from typing import cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.simulators.pages import render_connect_page, render_done_page
from local.simulators.snaptrade import connections, users, webhooks
from local.simulators.snaptrade.errors import bad_user_error
from local.simulators.snaptrade.state import Connection, Login, Simulator, User, find_connection

TITLE = "SnapTrade (simulated)"


async def portal(request: Request) -> Response:
    sim = cast(Simulator, request.app.state.simulator)
    token = request.query_params.get("token", "")
    login = sim.state["logins"].get(token)
    user = sim.state["users"].get(login["user_id"]) if login else None
    if login is None or user is None or login["expires_at"] <= time.time():
        raise bad_user_error()
    if request.method == "GET":
        return HTMLResponse(render_connect_page(TITLE, sim.client_id))
    del sim.state["logins"][token]
    connection = await _connect(sim, user, login)
    if login["redirect"]:
        outcome = urlencode({"status": "SUCCESS", "connection_id": connection["id"]})
        joint = "&" if "?" in login["redirect"] else "?"
        return RedirectResponse(f"{login['redirect']}{joint}{outcome}", 303)
    return HTMLResponse(render_done_page(TITLE))


async def _connect(sim: Simulator, user: User, login: Login) -> Connection:
    """Connect or repair; return after the webhooks are delivered, so that the user's next click finds their effect."""
    if login["reconnect"] is None:
        connection, is_new = connections.create_connection(user, login["broker"], login["connection_type"])
    else:
        connection, is_new = find_connection(user, login["reconnect"]), False
    was_broken = connection["disabled"]
    connections.repair(connection)
    sim.save()
    if is_new:
        await webhooks.send_connected(sim, user, connection)
    elif was_broken:
        await webhooks.notify(sim, user["user_id"], "CONNECTION_FIXED", connection)
    return connection


ROUTES = [Route(users.PORTAL_PATH, portal, methods=["GET", "POST"])]
