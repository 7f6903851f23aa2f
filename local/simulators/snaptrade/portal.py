"""Serve the connection portal: choose a broker, sign in, and return."""

import time
from typing import cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.simulators.pages import UserChoice, read_choice, render_choice_page, render_done_page, render_sign_in_page
from local.simulators.snaptrade import connections, users, webhooks
from local.simulators.snaptrade.errors import bad_user_error
from local.simulators.snaptrade.fixtures import BROKERS
from local.simulators.snaptrade.state import Connection, Login, Simulator, User, find_connection
from local.simulators.snaptrade.views import brokerage_name

TITLE = "SnapTrade"
_CLIENT = "Your portfolio app"
"""The portal shows the name of the API key's owner, which the API does not have."""
_FAILURE = {"status": "ERROR", "status_code": "401", "error_code": "1015"}


async def portal(request: Request) -> Response:
    sim = cast(Simulator, request.app.state.simulator)
    token = request.query_params.get("token", "")
    login = sim.state["logins"].get(token)
    user = sim.state["users"].get(login["user_id"]) if login else None
    if login is None or user is None or login["expires_at"] <= time.time():
        raise bad_user_error()
    if request.method == "GET":
        return HTMLResponse(_render(user, login, request))
    choice = await read_choice(request)
    del sim.state["logins"][token]
    sim.save()
    outcome = await _finish(sim, user, login, choice)
    if login["redirect"]:
        joint = "&" if "?" in login["redirect"] else "?"
        return RedirectResponse(f"{login['redirect']}{joint}{urlencode(outcome)}", 303)
    return HTMLResponse(render_done_page(TITLE, choice.outcome))


def _render(user: User, login: Login, request: Request) -> str:
    broker = login["broker"] or request.query_params.get("institution")
    if login["reconnect"] is not None:
        broker = find_connection(user, login["reconnect"])["broker"]
    if broker is None:
        return render_choice_page(TITLE, _CLIENT, BROKERS, dict(request.query_params))
    return render_sign_in_page(TITLE, _CLIENT, broker, brokerage_name(broker))


async def _finish(sim: Simulator, user: User, login: Login, choice: UserChoice) -> dict[str, str]:
    """Return the parameters of the redirect."""
    if choice.outcome == "cancel":
        return {"status": "ABANDONED"}
    if choice.outcome == "fail":
        await webhooks.notify(sim, user["user_id"], "CONNECTION_FAILED")
        return _FAILURE
    connection = await _connect(sim, user, login, login["broker"] or choice.institution)
    return {"status": "SUCCESS", "connection_id": connection["id"]}


async def _connect(sim: Simulator, user: User, login: Login, broker: str | None) -> Connection:
    """Connect or repair; return after the webhooks are delivered, so that the user's next click finds their effect."""
    if login["reconnect"] is None:
        connection, is_new = connections.create_connection(user, broker, login["connection_type"])
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
