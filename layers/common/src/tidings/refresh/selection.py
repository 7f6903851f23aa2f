"""Choose the sources that a refresh fetches."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tidings import settings
from tidings.errors import NotOffered
from tidings.holdings import Snapshot
from tidings.model import ProviderName, Source


class Selection(NamedTuple):
    """What decides which sources are fetched. `everything`: the caller requested all sources."""

    stored: Mapping[tuple[ProviderName, str], Snapshot]
    everything: bool
    now: int

    def choose(self, rows: Sequence[Source], wildcards: Sequence[Source]) -> Sequence[Source]:
        """Choose the sources that need a fetch; if none does, or all are wanted, choose all.

        A source without investments is fetched again only for an update or if all are wanted, so none may be chosen.
        """
        if self.everything or any(row.pending or row.check_due is not None for row in wildcards):
            return rows
        fetchable = [row for row in rows if not _has_nothing_to_fetch(row)]
        return [row for row in fetchable if self._needs_fetch(row)] or fetchable

    def _needs_fetch(self, row: Source) -> bool:
        snapshot = self.stored.get((row.provider, row.source_id))
        if row.pending or row.check_due is not None or row.last_error or snapshot is None:
            return True
        return snapshot.link_id != row.link_id or self.now - snapshot.fetch_began_at > settings.stale_after_ms()


def _has_nothing_to_fetch(row: Source) -> bool:
    """Whether the provider said for good that it has no investments, and no update came since."""
    return row.last_error == NotOffered.slug and not row.pending and row.check_due is None
