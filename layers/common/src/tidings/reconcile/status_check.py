"""Check one item at its provider, and update the state of its sources accordingly."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidings.errors import EndReported, ItemGone, ReconnectRequired
from tidings.model import Access, DiscoveredSource, ItemKey, Source, StatusChange
from tidings.observability import emit_count
from tidings.provider_access.credentials import Credentials
from tidings.providers.protocol import StatusReader
from tidings.reconcile import policy
from tidings.store import end_reports, removal, snapshots, sources, status_checks, user_state
from tidings.store.sources import NotLinked, Removed, SourceKey

_CHECK_TIMEOUT_S = 9.0
"""For one item. The function ends after 60 s and receives five items at a time."""


@dataclass(slots=True, repr=False, eq=False)
class StatusCheck:
    """A check of one item. `rows`: its sources as read before the provider is called; later changes win."""

    credentials: Credentials
    reader: StatusReader
    item_id: str
    rows: Sequence[Source]
    began_at: int
    outcomes: dict[str, int] = field(default_factory=dict)
    _created: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Check the item. Raises ProviderError if the provider does not say how it stands; nothing changes then."""
        known = [row.source_id for row in self.rows if not row.is_wildcard]
        deadline = time.monotonic() + _CHECK_TIMEOUT_S

        def read_status(access: Access) -> Sequence[DiscoveredSource]:
            return self.reader.read_status(access, known, deadline)

        try:
            found = {one.source_id: one for one in self.credentials.call(self.item_id, read_status)}
        except (ReconnectRequired, ItemGone) as error:
            self._set_all(error.status_change)
        except EndReported as error:
            if not self._has_ended(error.reason):
                raise
        else:
            self._create_rows([one for one in found.values() if one.source_id not in known])
            self._compare(found)

    def _set_all(self, change: StatusChange) -> None:
        for row in self.rows:
            self._set_status(row, change)
            status_checks.record_check(self._key(row), row, self.began_at, answered=False)

    def _has_ended(self, reason: str) -> bool:
        """Record that the provider reports the item's end. Returns whether it is believed."""
        ended = [end_reports.record_end_report(self._key(row), row, reason, self.began_at) for row in self.rows]
        if not all(ended):
            return False
        for _ in ended:
            self._count("status")
        return True

    def _create_rows(self, discovered: Sequence[DiscoveredSource]) -> None:
        """Create rows for connections that no webhook announced. `_compare` then records an update for each."""
        for one in discovered:
            key = SourceKey(self.credentials.user_id, self._item.provider, one.source_id, self._item)
            try:
                sources.create_discovered(key, one.institution)
            except (Removed, NotLinked):
                continue  # the connection or the item was removed in the meantime
            self._created.add(one.source_id)
            self._count("found")
        if self._created:
            state = user_state.read_user_state(self.credentials.user_id)
            added = [row for row in state.of_provider(self.credentials.provider) if row.source_id in self._created]
            self.rows = [*self.rows, *added]

    def _compare(self, found: Mapping[str, DiscoveredSource]) -> None:
        compared = [row.source_id for row in self.rows if row.source_id in found and policy.may_have_update(row)]
        stored = snapshots.provider_stamps(self.credentials.user_id, self.credentials.provider, compared)
        is_complete = True
        for row in self.rows:
            if row.source_id in found:
                is_complete &= self._compare_source(row, found[row.source_id], stored.get(row.source_id))
            elif not row.is_wildcard and removal.remove_source(self._key(row), link_id=row.link_id):
                self._count("gone")
        for row in self.rows:
            if row.is_wildcard:
                status_checks.record_check(self._key(row), row, self.began_at, answered=is_complete)

    def _compare_source(self, row: Source, now: DiscoveredSource, stored: tuple[str, str | None] | None) -> bool:
        """Compare one source with its snapshot. Returns whether the provider answered everything about it."""
        key = self._key(row)
        if now.status is not None:
            self._set_status(row, now.status)
        if now.status == StatusChange("ok"):
            end_reports.clear_end_report(key, row)
        has_newer = row.source_id in self._created or (now.stamp is not None and stored != (row.link_id, now.stamp))
        has_ended = now.status is not None and now.status.status == "revoked"
        if has_newer and not has_ended and policy.may_have_update(row):
            if status_checks.record_missed_update(key, row, self.began_at):
                self._count("marked")
                return True
            self._count("overtaken")
            return False
        is_answered = now.stamp is not None
        status_checks.record_check(key, row, self.began_at, answered=is_answered)
        return is_answered

    def _set_status(self, row: Source, change: StatusChange) -> None:
        """A working login disproves only `reconnect_required`; any other status stands."""
        if change.status == "ok" and row.status != "reconnect_required":
            return
        before = (row.status, row.status_reason)
        if sources.set_status(self._key(row), row, change) and before != (change.status, change.reason):
            self._count("status")

    def _count(self, outcome: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        emit_count("Reconciled", provider=self.credentials.provider, outcome=outcome)

    @property
    def _item(self) -> ItemKey:
        return ItemKey(self.credentials.provider, self.item_id)

    def _key(self, row: Source) -> SourceKey:
        return SourceKey.for_source(self.credentials.user_id, row)
