"""Parse and verify signed requests to SnapTrade's API."""

import hmac
import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from local.simulators.snaptrade.errors import bad_user_error, invalid_data_error, personal_key_error
from local.simulators.snaptrade.signing import verify_request
from local.simulators.snaptrade.state import Simulator, User


@dataclass(frozen=True)
class SignedRequest:
    """A verified request; `body` is {} without one, and `base` is the address of this server."""

    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    base: str


async def parse_signed_request(sim: Simulator, request: Request) -> SignedRequest:
    """Parse a request. Raises SnapTradeError unless it is signed with the client's key."""
    body = _parse_body(await request.body())
    query = dict(request.query_params)
    raw_path = request.scope["raw_path"].decode()
    raw_query = request.scope["query_string"].decode()
    verify_request(sim.client_id, sim.consumer_key, raw_path, raw_query, query, body, request.headers.get("signature"))
    return SignedRequest(dict(request.path_params), query, body, str(request.base_url).rstrip("/"))


def _parse_body(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise invalid_data_error("JSON parse error") from error
    if not isinstance(body, dict):
        raise invalid_data_error()
    return body


def authenticate_user(sim: Simulator, credentials: dict[str, Any]) -> User:
    """Return the user of userId and userSecret, which a personal key must omit.

    Raises SnapTradeError (401) if they are wrong, and (403) if a personal key sends them.
    """
    if sim.is_personal:
        if "userId" in credentials or "userSecret" in credentials:
            raise personal_key_error()
        return sim.state["users"][sim.personal_user_id]
    user = sim.state["users"].get(str(credentials.get("userId")))
    if user is None or not hmac.compare_digest(
        str(credentials.get("userSecret")).encode(), user["user_secret"].encode()
    ):
        raise bad_user_error()
    return user
