"""Implement SnapTrade's user calls: register, reset the secret, open the portal, delete."""

import asyncio
import secrets
import time
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlencode

from local.simulators.snaptrade import webhooks
from local.simulators.snaptrade.errors import SnapTradeError, invalid_data_error, not_found_error, personal_key_error
from local.simulators.snaptrade.signed_request import SignedRequest, authenticate_user
from local.simulators.snaptrade.state import Login, Simulator, User, find_connection, new_identifier

PORTAL_PATH = "/portal"
LOGIN_S = 5 * 60


def create_user(sim: Simulator, user_id: str) -> User:
    """Create a user. Raises SnapTradeError if the user exists, because SnapTrade shows a secret only once."""
    if user_id in sim.state["users"]:
        raise SnapTradeError(400, "1010", f"User with the following userId already exist: '{user_id}'")
    user: User = {"user_id": user_id, "user_secret": new_identifier(), "connections": {}}
    sim.state["users"][user_id] = user
    sim.save()
    return user


def ensure_personal_user(sim: Simulator) -> User:
    """Return the owner of a personal key, who exists from the start."""
    return sim.state["users"].get(sim.personal_user_id) or create_user(sim, sim.personal_user_id)


async def register_user(sim: Simulator, request: SignedRequest) -> dict[str, Any]:
    _refuse_personal_key(sim)
    user_id = request.body.get("userId")
    if not isinstance(user_id, str) or not user_id:
        raise invalid_data_error()
    user = create_user(sim, user_id)
    sim.controls.sender.run_in_background(webhooks.notify(sim, user_id, "USER_REGISTERED"))
    return {"userId": user_id, "userSecret": user["user_secret"]}


async def reset_secret(sim: Simulator, request: SignedRequest) -> dict[str, Any]:
    _refuse_personal_key(sim)
    user = authenticate_user(sim, request.body)
    user["user_secret"] = new_identifier()
    sim.save()
    return {"userId": user["user_id"], "userSecret": user["user_secret"]}


async def create_login(sim: Simulator, request: SignedRequest, user: User) -> dict[str, Any]:
    reconnect = request.body.get("reconnect")
    if reconnect is not None:
        find_connection(user, reconnect)
    token = secrets.token_urlsafe(24)
    entry: Login = {
        "user_id": user["user_id"],
        "broker": request.body.get("broker"),
        "connection_type": request.body.get("connectionType", "read"),
        "reconnect": reconnect,
        "redirect": request.body.get("customRedirect"),
        "session_id": new_identifier(),
        "expires_at": time.time() + LOGIN_S,
    }
    sim.state["logins"][token] = entry
    sim.save()
    query = urlencode({"token": token, "clientId": sim.client_id, "sessionId": entry["session_id"]})
    return {"redirectURI": f"{request.base}{PORTAL_PATH}?{query}", "sessionId": entry["session_id"]}


async def list_user_ids(sim: Simulator, _request: SignedRequest) -> list[str]:
    _refuse_personal_key(sim)
    return sorted(sim.state["users"])


async def delete_user(sim: Simulator, request: SignedRequest) -> dict[str, Any]:
    """Queue a deletion, as at SnapTrade: until it is done, the user exists and can't be registered again."""
    _refuse_personal_key(sim)
    user_id = request.query.get("userId", "")
    if user_id not in sim.state["users"]:
        raise not_found_error()
    if sim.deletion_takes_s:
        sim.controls.sender.run_in_background(_delete_later(sim, user_id))
    else:
        sim.controls.sender.run_in_background(_remove_user(sim, user_id))
    detail = "User queued for deletion; please wait for webhook for confirmation."
    return {"status": "deleted", "detail": detail, "userId": user_id}


async def _delete_later(sim: Simulator, user_id: str) -> None:
    """Remove the user after the delay: a second deletion removes a user registered after the first one."""
    await asyncio.sleep(sim.deletion_takes_s)
    await _remove_user(sim, user_id)


def _remove_user(sim: Simulator, user_id: str) -> Coroutine[Any, Any, object]:
    """Remove the user now, and return the coroutine that sends the webhook."""
    sim.state["users"].pop(user_id, None)
    sim.save()
    return webhooks.notify(sim, user_id, "USER_DELETED")


def _refuse_personal_key(sim: Simulator) -> None:
    if sim.is_personal:
        raise personal_key_error()
