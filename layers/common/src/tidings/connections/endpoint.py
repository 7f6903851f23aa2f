"""Answer the routes that list, make and end connections. One function serves them, told apart by route key."""

from collections.abc import Callable

from tidings.api.request import Request
from tidings.api.response import Response, json_response
from tidings.auth.current_user import current_user
from tidings.connections import disconnect, plaid, snaptrade
from tidings.connections.institutions import list_institutions
from tidings.connections.view import connections_body
from tidings.errors import NotFound
from tidings.model import User
from tidings.provider_access.rate_limits import limit_connection_changes
from tidings.store import user_state

TIME_LIMIT_S = 27.0
"""For one request. The function is killed after 29 s."""


def handle_request(request: Request) -> Response:
    """Answer one route. The caller must be signed in and reaches only their own connections."""
    route = _ROUTES.get(request.route)
    if route is None:
        raise NotFound
    user = current_user(request)
    if request.method != "GET":
        limit_connection_changes(user)
    return route(user, request)


def _list(user: User, _request: Request) -> Response:
    return json_response(200, connections_body(user_state.read_user_state(user.user_id)))


def _delete_plaid_item(user: User, request: Request) -> Response:
    disconnect.disconnect_source(user, "plaid", request.path_parameters["item_id"])
    # Return 204 for unknown ids too, so that ids can't be probed.
    return json_response(204)


def _delete_snaptrade_connection(user: User, request: Request) -> Response:
    disconnect.disconnect_source(user, "snaptrade", request.path_parameters["connection_id"])
    return json_response(204)


def _delete_all(user: User, _request: Request) -> Response:
    disconnect.disconnect_all(user)
    return json_response(204)


_ROUTES: dict[str, Callable[[User, Request], Response]] = {
    "GET /connections": _list,
    "GET /institutions": list_institutions,
    "DELETE /connections": _delete_all,
    "DELETE /plaid/items/{item_id}": _delete_plaid_item,
    "DELETE /api/snaptrade/connections/{connection_id}": _delete_snaptrade_connection,
    "POST /plaid/create-connection-url": plaid.create_connection_url,
    "POST /plaid/complete-connection": plaid.complete_connection,
    "POST /plaid/exchange-public-token": plaid.exchange_public_token,
    "POST /api/snaptrade/create-connection-url": snaptrade.create_connection_url,
}
