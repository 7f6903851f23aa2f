"""SnapTrade's calls about users: register, reset the secret, open the portal, delete."""

import asyncio
import secrets
import time
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlencode

from local.simulators.snaptrade import webhooks
from local.simulators.snaptrade.errors import SnapTradeRefusal, invalid_data, not_for_personal_keys, not_found
from local.simulators.snaptrade.signed_request import Asked, user_in
from local.simulators.snaptrade.state import Login, Simulator, User, connection_of, identifier

PORTAL = "/portal"
LOGIN_S = 5 * 60


def create(sim: Simulator, user_id: str) -> User:
    """Raises SnapTradeRefusal when the user is registered already (the secret is shown once only)."""
    if user_id in sim.state["users"]:
        raise SnapTradeRefusal(400, "1010", f"User with the following userId already exist: '{user_id}'")
    user: User = {"user_id": user_id, "user_secret": identifier(), "connections": {}}
    sim.state["users"][user_id] = user
    sim.save()
    return user


def person(sim: Simulator) -> User:
    """Whose a personal key is, known from the start."""
    return sim.state["users"].get(sim.person_id) or create(sim, sim.person_id)


async def register(sim: Simulator, asked: Asked) -> dict[str, Any]:
    _refuse_personal_key(sim)
    user_id = asked.body.get("userId")
    if not isinstance(user_id, str) or not user_id:
        raise invalid_data()
    user = create(sim, user_id)
    sim.board.courier.background(webhooks.notify(sim, user_id, "USER_REGISTERED"))
    return {"userId": user_id, "userSecret": user["user_secret"]}


async def reset_secret(sim: Simulator, asked: Asked) -> dict[str, Any]:
    _refuse_personal_key(sim)
    user = user_in(sim, asked.body)
    user["user_secret"] = identifier()
    sim.save()
    return {"userId": user["user_id"], "userSecret": user["user_secret"]}


async def login(sim: Simulator, asked: Asked, user: User) -> dict[str, Any]:
    reconnect = asked.body.get("reconnect")
    if reconnect is not None:
        connection_of(user, reconnect)
    token = secrets.token_urlsafe(24)
    entry: Login = {
        "user_id": user["user_id"],
        "broker": asked.body.get("broker"),
        "connection_type": asked.body.get("connectionType", "read"),
        "reconnect": reconnect,
        "redirect": asked.body.get("customRedirect"),
        "session_id": identifier(),
        "expires_at": time.time() + LOGIN_S,
    }
    sim.state["logins"][token] = entry
    sim.save()
    query = urlencode({"token": token, "clientId": sim.client_id, "sessionId": entry["session_id"]})
    return {"redirectURI": f"{asked.base}{PORTAL}?{query}", "sessionId": entry["session_id"]}


async def list_ids(sim: Simulator, _asked: Asked) -> list[str]:
    _refuse_personal_key(sim)
    return sorted(sim.state["users"])


async def delete(sim: Simulator, asked: Asked) -> dict[str, Any]:
    """Asynchronous, as at SnapTrade: until the deletion is done the user exists, and can't be registered again."""
    _refuse_personal_key(sim)
    user_id = asked.query.get("userId", "")
    if user_id not in sim.state["users"]:
        raise not_found()
    if sim.deletion_takes_s:
        sim.board.courier.background(_delete_later(sim, user_id))
    else:
        sim.board.courier.background(_forget(sim, user_id))
    detail = "User queued for deletion; please wait for webhook for confirmation."
    return {"status": "deleted", "detail": detail, "userId": user_id}


async def _delete_later(sim: Simulator, user_id: str) -> None:
    """Whoever has that id by then: a second order finds the user who was registered after the first."""
    await asyncio.sleep(sim.deletion_takes_s)
    await _forget(sim, user_id)


def _forget(sim: Simulator, user_id: str) -> Coroutine[Any, Any, object]:
    """The user is gone at once; the webhook that says so is still to be sent."""
    sim.state["users"].pop(user_id, None)
    sim.save()
    return webhooks.notify(sim, user_id, "USER_DELETED")


def _refuse_personal_key(sim: Simulator) -> None:
    if sim.personal:
        raise not_for_personal_keys()
