"""Build the body of GET /connections from a user's update state."""

from tidings import clock
from tidings.api.response_types import Connection, Connections
from tidings.model import DuplicateOf, Source
from tidings.store.user_state import UserState


def connections_body(state: UserState) -> Connections:
    """List the connections. A broken item breaks its connections; without any, its wildcard row is listed."""
    rows = [row for row in state.sources if not row.is_wildcard]
    broken = {row.item: row for row in state.sources if row.is_wildcard and row.needs_reconnect}
    listed = [_connection(row, row if row.needs_reconnect else broken.get(row.item, row), state) for row in rows]
    items_with_rows = {row.item for row in rows}
    listed += [_connection(row, row, state) for item, row in broken.items() if item not in items_with_rows]
    return {"connections": listed}


def _connection(row: Source, status_from: Source, state: UserState) -> Connection:
    duplicate = _duplicate_of(row, state)
    return {
        "provider": row.provider,
        "source_id": row.source_id,
        "institution": row.institution,
        "status": status_from.status,
        "status_reason": status_from.status_reason,
        "pending": row.pending,
        "last_update_at": clock.iso(row.last_update_at),
        "last_fetched_at": clock.iso(row.last_fetched_at),
        "duplicate_of": duplicate.source_id if duplicate else None,
        "unmatched_accounts": list(duplicate.unmatched) if duplicate else [],
    }


def _duplicate_of(row: Source, state: UserState) -> DuplicateOf | None:
    """Return the connection that this one repeats, as long as both are there."""
    found = row.duplicate_of
    return found if found and state.find(found.provider, found.source_id) else None
