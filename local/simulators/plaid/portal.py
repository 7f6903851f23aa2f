"""Hosted Link as one plain page with one button."""

import time
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.simulators.pages import connect_page, done_page
from local.simulators.plaid import link, webhooks
from local.simulators.plaid.errors import PlaidRefusal
from local.simulators.plaid.state import Simulator, instant
from local.simulators.webhook_requests import WebhookOrder


async def hosted_link(request: Request) -> Response:
    sim = cast(Simulator, request.app.state.simulator)
    session = link.find(sim, request.path_params["link_token"])
    if session["finished_at"] or session["expires_at"] <= time.time():
        raise PlaidRefusal("INVALID_INPUT", "INVALID_LINK_TOKEN", "the link token is used up or expired")
    if request.method == "GET":
        session["started_at"] = session["started_at"] or instant()
        sim.save()
        return HTMLResponse(connect_page("Plaid (simulated)", session["client_name"]))
    link.finish(sim, session)
    if session["webhook"]:
        payload = webhooks.session_payload(session)
        await webhooks.deliver(sim, payload, session["link_token"], WebhookOrder(), session["webhook"])
    if session["completion_redirect_uri"]:
        return RedirectResponse(session["completion_redirect_uri"], 303)
    return HTMLResponse(done_page("Plaid (simulated)"))


ROUTES = [Route(f"{link.HOSTED_LINK}/{{link_token}}", hosted_link, methods=["GET", "POST"])]
