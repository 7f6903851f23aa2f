"""Serve Hosted Link: choose an institution, sign in, and return."""

import time
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.simulators.pages import read_choice, render_choice_page, render_done_page, render_sign_in_page
from local.simulators.plaid import link, webhooks
from local.simulators.plaid.errors import PlaidError
from local.simulators.plaid.fixtures import INSTITUTIONS
from local.simulators.plaid.state import LinkSession, Simulator, format_timestamp
from local.simulators.webhook_requests import WebhookRequest

TITLE = "Plaid"


async def hosted_link(request: Request) -> Response:
    sim = cast(Simulator, request.app.state.simulator)
    session = link.find_session(sim, request.path_params["link_token"])
    if session["finished_at"] or session["expires_at"] <= time.time():
        raise PlaidError("INVALID_INPUT", "INVALID_LINK_TOKEN", "the link token is used up or expired")
    if request.method == "GET":
        session["started_at"] = session["started_at"] or format_timestamp()
        sim.save()
        return HTMLResponse(_render(sim, session, request.query_params.get("institution")))
    choice = await read_choice(request)
    if choice.outcome == "connect":
        link.finish_session(sim, session, choice.institution)
    else:
        link.exit_session(sim, session, choice.institution, has_failed=choice.outcome == "fail")
    if session["webhook"]:
        payload = webhooks.build_session_payload(session)
        await webhooks.deliver(sim, payload, session["link_token"], WebhookRequest(), session["webhook"])
    if session["completion_redirect_uri"]:
        return RedirectResponse(session["completion_redirect_uri"], 303)
    return HTMLResponse(render_done_page(TITLE, choice.outcome))


def _render(sim: Simulator, session: LinkSession, chosen: str | None) -> str:
    item = sim.state["items"].get(session["update_item_id"] or "")
    institution = item["institution_id"] if item else chosen
    if institution not in INSTITUTIONS:
        return render_choice_page(TITLE, session["client_name"], INSTITUTIONS, {})
    return render_sign_in_page(TITLE, session["client_name"], institution, INSTITUTIONS[institution])


ROUTES = [Route(f"{link.HOSTED_LINK_PATH}/{{link_token}}", hosted_link, methods=["GET", "POST"])]
