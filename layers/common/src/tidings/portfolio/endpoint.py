"""Answer GET …/holdings: the stored portfolio with its date and the state of its providers. Never calls a provider.

The same function answers GET /holdings/history and GET /holdings/changes, which need a part of its permissions.
"""

from tidings import clock, settings
from tidings.api.request import Request
from tidings.api.response import Response, decimal_response
from tidings.auth.current_user import current_user
from tidings.errors import Conflict
from tidings.exchange_rates.requested import requested_currency
from tidings.model import ItemKey, User
from tidings.observability import emit_count, log_info
from tidings.portfolio import view
from tidings.providers import PROVIDER_NAMES
from tidings.providers.snaptrade.users import user_id_of
from tidings.store import item_links, snapshots, user_state
from tidings.store.ended_users import IN_NO_SESSION
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState

TIME_LIMIT_S = 8.0
"""For one request. The function is killed after 10 s."""


def handle_request(request: Request) -> Response:
    """Answer one route."""
    if request.route in {"GET /holdings/history", "GET /holdings/changes"}:
        from tidings.portfolio import history_endpoint  # lazy: most requests are for holdings

        return history_endpoint.handle_request(request)
    return get_holdings(request)


def get_holdings(request: Request) -> Response:
    """GET …/holdings."""
    user = current_user(request)
    currency = requested_currency(request)
    provider = request.provider
    state = user_state.user_state_or_none(user.user_id)
    if provider == "snaptrade" and state is not None:
        _adopt_snaptrade_user(user, state)
    stored = snapshots.read_snapshots(user.user_id, provider, clock.now_ms())
    shown = view.current_snapshots(stored.snapshots.values(), state)
    names = [name for name in PROVIDER_NAMES if provider in {None, name}]
    outcomes = {name: view.stored_provider_outcome(name, shown, state) for name in names}
    body = view.portfolio_body(shown, outcomes, pending=view.has_pending_updates(state, names), currency=currency)
    if state is None:
        body["holdings"]["portfolio_metadata"]["state_unknown"] = True
    return decimal_response(request, 200, body)


def _adopt_snaptrade_user(user: User, state: UserState) -> None:
    """Link the SnapTrade user that an older backend registered for this e-mail, so that webhooks find the owner.

    Only the owner is stored, no credential. Another user's item is left alone. A personal key has no users.
    """
    if user.email is None or state.of_provider("snaptrade") or settings.snaptrade_key_type() == "personal":
        return
    if state.ended is not None and not state.ended.is_reopened:
        return  # the user ended everything, and has not connected again
    item = ItemKey("snaptrade", user_id_of(user.email))
    try:
        item_links.link_item(SourceKey.wildcard(user.user_id, item), None, updates=0, may_link=IN_NO_SESSION)
    except Conflict:
        return
    log_info("snaptrade user adopted")
    emit_count("SnapTradeUserAdopted")
