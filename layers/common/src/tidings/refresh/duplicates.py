"""After a source's first fetch, find out whether another connection of the user shows the same accounts."""

from collections.abc import Sequence

from tidings import clock
from tidings.errors import StoreUnavailable
from tidings.holdings import Snapshot
from tidings.model import ProviderName
from tidings.observability import log_info, log_warning
from tidings.portfolio import view
from tidings.portfolio.duplicates import find_duplicate
from tidings.refresh.results import ProviderRefresh
from tidings.store import snapshots, sources
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState


def record_duplicates(user_id: str, refreshes: Sequence[ProviderRefresh], state: UserState) -> None:
    """Store on every source that was fetched for the first time which connection it repeats, if any.

    A hint for its user: without it, both connections are shown, and still no account counts twice.
    """
    new = [snapshot for one in refreshes for snapshot in _first_fetches(one)]
    if not new:
        return
    try:
        stored = snapshots.read_snapshots(user_id, None, clock.now_ms()).snapshots
        shown = view.current_snapshots(stored.values(), state)
        for snapshot in new:
            _record(user_id, snapshot, _older(snapshot, shown, new, state), state)
    except StoreUnavailable:
        log_warning("duplicates not recorded")


def _first_fetches(refresh: ProviderRefresh) -> list[Snapshot]:
    return [result.snapshot for result in refresh.results.values() if result.snapshot and result.before is None]


def _older(snapshot: Snapshot, shown: Sequence[Snapshot], new: Sequence[Snapshot], state: UserState) -> list[Snapshot]:
    """Return what the source can repeat. Of two that are fetched for the first time together, the later one repeats."""
    later = {_key(other) for other in new if _age(other, state) >= _age(snapshot, state)}
    return [other for other in shown if _key(other) not in later]


def _age(snapshot: Snapshot, state: UserState) -> tuple[int, ProviderName, str]:
    """Return what orders connections by their link, which was an update."""
    row = state.find(snapshot.provider, snapshot.source_id)
    return ((row.last_update_at if row else None) or 0, snapshot.provider, snapshot.source_id)


def _key(snapshot: Snapshot) -> tuple[ProviderName, str]:
    return snapshot.provider, snapshot.source_id


def _record(user_id: str, new: Snapshot, others: Sequence[Snapshot], state: UserState) -> None:
    row, found = state.find(new.provider, new.source_id), find_duplicate(new, others)
    if row is None or row.link_id != new.link_id or found is None:
        return
    if sources.set_duplicate(SourceKey.for_source(user_id, row), row, found):
        log_info("connection repeats another one", provider=new.provider, complete=not found.unmatched)
