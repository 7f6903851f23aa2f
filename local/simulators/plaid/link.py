"""Create link tokens and finish their sessions, including Hosted Link."""

import secrets
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from local.simulators.plaid import items
from local.simulators.plaid.errors import PlaidError, invalid_field_error, missing_fields_error, render_webhook_error
from local.simulators.plaid.fixtures import INSTITUTIONS
from local.simulators.plaid.state import Account, Item, LinkSession, Simulator, format_timestamp, new_token

HOSTED_LINK_PATH = "/hosted-link"
LIFETIME_S = 4 * 3600
UPDATE_LIFETIME_S = 30 * 60
CLIENT_NAME_LENGTH = 30


async def create_link_token(sim: Simulator, body: dict[str, Any]) -> dict[str, Any]:
    """Create a link token; the app adds this server's address to the body as `hosted_link_base`."""
    _require_valid(body)
    update = sim.find_item(body["access_token"]) if body.get("access_token") else None
    hosted = body.get("hosted_link")
    now = time.time()
    session: LinkSession = {
        "link_token": new_token("link"),
        "link_session_id": str(uuid.uuid4()),
        "created_at": format_timestamp(now),
        "expires_at": now + (UPDATE_LIFETIME_S if update else LIFETIME_S),
        "client_user_id": (body.get("user") or {}).get("client_user_id", ""),
        "client_name": body["client_name"],
        "language": body["language"],
        "country_codes": body["country_codes"],
        "products": body.get("products") or [],
        "webhook": body.get("webhook"),
        "redirect_uri": body.get("redirect_uri"),
        "completion_redirect_uri": (hosted or {}).get("completion_redirect_uri"),
        "update_item_id": update["item_id"] if update else None,
        "account_selection": bool((body.get("update") or {}).get("account_selection_enabled")),
        "started_at": None,
        "finished_at": None,
        "public_token": None,
        "item_id": None,
    }
    sim.state["link_sessions"][session["link_token"]] = session
    sim.save()
    response = {"link_token": session["link_token"], "expiration": format_timestamp(session["expires_at"])}
    if hosted is not None:
        response["hosted_link_url"] = f"{body['hosted_link_base']}{HOSTED_LINK_PATH}/{session['link_token']}"
    return response


def _require_valid(body: dict[str, Any]) -> None:
    if len(body["client_name"]) > CLIENT_NAME_LENGTH:
        raise invalid_field_error("client_name")
    if not (body.get("user") or {}).get("client_user_id"):
        raise missing_fields_error(["user.client_user_id"])
    if bool(body.get("products")) == bool(body.get("access_token")):
        raise invalid_field_error("products")  # required for a new item, forbidden in update mode
    for name in ("webhook", "redirect_uri"):
        address = body.get(name)
        if address is not None and urlsplit(address).scheme not in ("http", "https"):
            raise invalid_field_error(name)


async def get_link_token(sim: Simulator, body: dict[str, Any]) -> dict[str, Any]:
    session = find_session(sim, body["link_token"])
    return {
        "link_token": session["link_token"],
        "created_at": session["created_at"],
        "expiration": format_timestamp(session["expires_at"]),
        "link_sessions": [_render_session(sim, session)] if session["started_at"] else [],
        "metadata": {
            "initial_products": session["products"],
            "webhook": session["webhook"],
            "country_codes": session["country_codes"],
            "language": session["language"],
            "redirect_uri": session["redirect_uri"],
            "client_name": session["client_name"],
        },
    }


def find_session(sim: Simulator, link_token: str) -> LinkSession:
    """Return the session of a link token. Raises PlaidError if the token was never issued."""
    session = sim.state["link_sessions"].get(link_token)
    if session is None:
        raise PlaidError("INVALID_INPUT", "INVALID_LINK_TOKEN", "invalid link token provided")
    return session


def finish_session(sim: Simulator, session: LinkSession, institution_id: str | None = None) -> None:
    """Finish a session when the user presses Connect: create an item, or repair the existing one."""
    now = format_timestamp()
    if session["update_item_id"] is None:
        owner, products = session["client_user_id"], session["products"]
        item = items.create_item(sim, session["webhook"], products, owner, institution_id)
    else:
        item = sim.state["items"][session["update_item_id"]]
        item["login_required"] = False
    session["item_id"] = item["item_id"]
    session["public_token"] = items.issue_public_token(sim, item)
    session["started_at"] = session["started_at"] or now
    session["finished_at"] = now
    sim.save()


def exit_session(sim: Simulator, session: LinkSession, institution_id: str | None, *, has_failed: bool) -> None:
    """Finish a session that the user leaves without a result, perhaps after the institution refused the sign-in."""
    chosen = {"name": INSTITUTIONS[institution_id], "institution_id": institution_id} if institution_id else None
    refused = PlaidError("ITEM_ERROR", "INVALID_CREDENTIALS", "the provided credentials were not correct")
    session["exit"] = {
        "error": render_webhook_error(refused) if has_failed else None,
        "metadata": {
            "institution": chosen,
            "status": "requires_credentials" if chosen else "institution_not_found",
            "link_session_id": session["link_session_id"],
            "request_id": secrets.token_hex(8),
        },
    }
    session["finished_at"] = format_timestamp()
    session["started_at"] = session["started_at"] or session["finished_at"]
    sim.save()


def _render_session(sim: Simulator, session: LinkSession) -> dict[str, Any]:
    view: dict[str, Any] = {
        "link_session_id": session["link_session_id"],
        "started_at": session["started_at"],
        "finished_at": session["finished_at"],
        "events": [],
    }
    if session.get("exit"):
        view["exit"] = view["on_exit"] = session["exit"]
    if session["public_token"] is None:
        return view
    item = sim.state["items"].get(session["item_id"] or "")  # the session's results outlive the item
    accounts = [_render_account(account) for account in item["accounts"]] if item else []
    institution = _render_institution(item) if item else None
    added = {"public_token": session["public_token"], "accounts": accounts, "institution": institution}
    view["on_success"] = {
        "public_token": session["public_token"],
        "metadata": {
            "institution": institution,
            "accounts": accounts,
            "link_session_id": session["link_session_id"],
            "transfer_status": None,
        },
    }
    view["results"] = _render_results([] if session["update_item_id"] else [added])
    return view


def _render_institution(item: Item) -> dict[str, str]:
    return {"name": INSTITUTIONS[item["institution_id"]], "institution_id": item["institution_id"]}


def _render_account(account: Account) -> dict[str, Any]:
    shown = {name: account[name] for name in ("name", "mask", "subtype")}
    return {"id": account["account_id"], "type": "investment", **shown}


def _render_results(added: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = ("paystubs", "w2s", "bank_statements", "1099s", "i20s")
    return {
        "item_add_results": added,
        "cra_item_add_results": [],
        "cra_update_results": [],
        "bank_income_results": [],
        "payroll_income_results": [],
        "document_income_results": {f"num_{kind}_uploaded": 0 for kind in kinds},
    }
