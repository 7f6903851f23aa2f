"""The connection portal as one plain page with one button."""

import time
from typing import cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.simulators.pages import connect_page, done_page
from local.simulators.snaptrade import connections, users, webhooks
from local.simulators.snaptrade.errors import bad_user
from local.simulators.snaptrade.state import Connection, Login, Simulator, User, connection_of

TITLE = "SnapTrade (simulated)"


async def portal(request: Request) -> Response:
    sim = cast(Simulator, request.app.state.simulator)
    token = request.query_params.get("token", "")
    login = sim.state["logins"].get(token)
    user = sim.state["users"].get(login["user_id"]) if login else None
    if login is None or user is None or login["expires_at"] <= time.time():
        raise bad_user()
    if request.method == "GET":
        return HTMLResponse(connect_page(TITLE, sim.client_id))
    del sim.state["logins"][token]
    connection = await _connect(sim, user, login)
    if login["redirect"]:
        outcome = urlencode({"status": "SUCCESS", "connection_id": connection["id"]})
        joint = "&" if "?" in login["redirect"] else "?"
        return RedirectResponse(f"{login['redirect']}{joint}{outcome}", 303)
    return HTMLResponse(done_page(TITLE))


async def _connect(sim: Simulator, user: User, login: Login) -> Connection:
    """Answers once the webhooks are delivered, so that whoever clicks next finds them in."""
    if login["reconnect"] is None:
        connection, is_new = connections.create(user, login["broker"], login["connection_type"])
    else:
        connection, is_new = connection_of(user, login["reconnect"]), False
    was_broken = connection["disabled"]
    connections.repair(connection)
    sim.save()
    if is_new:
        await webhooks.connected(sim, user, connection)
    elif was_broken:
        await webhooks.notify(sim, user["user_id"], "CONNECTION_FIXED", connection)
    return connection


ROUTES = [Route(users.PORTAL, portal, methods=["GET", "POST"])]
