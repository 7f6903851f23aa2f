"""Answer GET /holdings/history and GET /holdings/changes, from observations alone (docs/history.md)."""

from datetime import date

from tidings import clock
from tidings.api.portfolio_types import ChangeSet, ChangeSets, HistoryEvent, HistorySource
from tidings.api.request import Request
from tidings.api.response import Response, decimal_response, etag_text_response
from tidings.auth.current_user import current_user
from tidings.clock import utc_date
from tidings.errors import BadRequest
from tidings.exchange_rates.conversion import Conversion
from tidings.exchange_rates.lookup import rates_between
from tidings.exchange_rates.rates import RateBook
from tidings.exchange_rates.requested import requested_currency
from tidings.portfolio import timeline
from tidings.portfolio.history_text import PointWriter, history_text
from tidings.portfolio.timeline import Point, SourceEvent
from tidings.store import history
from tidings.store.observations import SourceId

_CHANGE_SETS = 20


def handle_request(request: Request) -> Response:
    """Answer one route. The caller must be signed in and reads only their own history."""
    if request.route == "GET /holdings/changes":
        return _get_changes(request)
    return _get_history(request)


def _get_history(request: Request) -> Response:
    user = current_user(request)
    currency = requested_currency(request)
    first, last = _requested_days(request)
    stored = history.read_history(user.user_id, last)
    points = timeline.draw_points(stored, first)
    sources = sorted({one.source for point in points for one in point.observed})
    writer = PointWriter(sources, Conversion(currency, _rates(points, currency)))
    text = history_text(
        [_source(one) for one in sources],
        [writer.write(point) for point in points],
        [_event(one) for one in timeline.list_events(stored) if first <= utc_date(one.at) <= last],
    )
    return etag_text_response(request, text)


def _get_changes(request: Request) -> Response:
    user = current_user(request)
    body: ChangeSets = {"changes": [_change_set(one) for one in history.read_changes(user.user_id, _CHANGE_SETS)]}
    return decimal_response(request, 200, body)


def _requested_days(request: Request) -> tuple[date, date]:
    """Return `?from` and `?to`, by default all that is kept. Raises BadRequest."""
    oldest, today = history.oldest_day(), utc_date(clock.now_ms())
    first, last = _requested_day(request, "from") or oldest, _requested_day(request, "to") or today
    if first > last:
        raise BadRequest("from is later than to.")
    return max(oldest, first), min(today, last)


def _requested_day(request: Request, name: str) -> date | None:
    text = request.query.get(name)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:  # newer Pythons also accept 20261129 and week dates
        raise BadRequest(f"{name} must be a date such as 2026-01-31.")
    return found


def _rates(points: list[Point], currency: str) -> RateBook:
    """Read the rates of all days in question. None is needed if every amount is in the currency."""
    days = {one.on for point in points for one in point.amounts if one.currency != currency}
    if not days:
        return RateBook(())
    return rates_between(min(days), max(days))


def _source(source: SourceId) -> HistorySource:
    provider, source_id = source
    return {"provider": provider, "source_id": source_id}


def _event(event: SourceEvent) -> HistoryEvent:
    provider, source_id = event.source
    return {
        "kind": "added" if event.is_addition else "removed",
        "provider": provider,
        "source_id": source_id,
        "at": clock.iso(event.at) or "",
    }


def _change_set(stored: history.ChangeSet) -> ChangeSet:
    provider, source_id = stored.source
    return {
        "provider": provider,
        "source_id": source_id,
        "at": clock.iso(stored.began_at) or "",
        "added": int(stored.changes["added"]),
        "removed": int(stored.changes["removed"]),
        "quantity_changed": int(stored.changes["quantity_changed"]),
        "rows": stored.changes["rows"],
    }
