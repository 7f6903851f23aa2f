"""Serve Hosted Link as a page with one button."""

import time
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.simulators.pages import render_connect_page, render_done_page
from local.simulators.plaid import link, webhooks
from local.simulators.plaid.errors import PlaidError
from local.simulators.plaid.state import Simulator, format_timestamp
from local.simulators.webhook_requests import WebhookRequest


async def hosted_link(request: Request) -> Response:
    sim = cast(Simulator, request.app.state.simulator)
    session = link.find_session(sim, request.path_params["link_token"])
    if session["finished_at"] or session["expires_at"] <= time.time():
        raise PlaidError("INVALID_INPUT", "INVALID_LINK_TOKEN", "the link token is used up or expired")
    if request.method == "GET":
        session["started_at"] = session["started_at"] or format_timestamp()
        sim.save()
        return HTMLResponse(render_connect_page("Plaid (simulated)", session["client_name"]))
    link.finish_session(sim, session)
    if session["webhook"]:
        payload = webhooks.build_session_payload(session)
        await webhooks.deliver(sim, payload, session["link_token"], WebhookRequest(), session["webhook"])
    if session["completion_redirect_uri"]:
        return RedirectResponse(session["completion_redirect_uri"], 303)
    return HTMLResponse(render_done_page("Plaid (simulated)"))


ROUTES = [Route(f"{link.HOSTED_LINK_PATH}/{{link_token}}", hosted_link, methods=["GET", "POST"])]
