"""A signed request to SnapTrade's API, checked."""

import hmac
import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from local.simulators.snaptrade.errors import bad_user, invalid_data, not_for_personal_keys
from local.simulators.snaptrade.signing import check_request
from local.simulators.snaptrade.state import Simulator, User


@dataclass(frozen=True)
class Asked:
    """`body` is {} without one; `base` is where this server was reached."""

    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    base: str


async def checked(sim: Simulator, request: Request) -> Asked:
    """Raises SnapTradeRefusal unless the request is signed by our client."""
    body = _parsed(await request.body())
    query = dict(request.query_params)
    raw_path = request.scope["raw_path"].decode()
    raw_query = request.scope["query_string"].decode()
    check_request(sim.client_id, sim.consumer_key, raw_path, raw_query, query, body, request.headers.get("signature"))
    return Asked(dict(request.path_params), query, body, str(request.base_url).rstrip("/"))


def _parsed(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise invalid_data("JSON parse error") from error
    if not isinstance(body, dict):
        raise invalid_data()
    return body


def user_in(sim: Simulator, named: dict[str, Any]) -> User:
    """The user named by userId and userSecret, which a personal key must leave out; raises SnapTradeRefusal (401)."""
    if sim.personal:
        if "userId" in named or "userSecret" in named:
            raise not_for_personal_keys()
        return sim.state["users"][sim.person_id]
    user = sim.state["users"].get(str(named.get("userId")))
    if user is None or not hmac.compare_digest(str(named.get("userSecret")).encode(), user["user_secret"].encode()):
        raise bad_user()
    return user
