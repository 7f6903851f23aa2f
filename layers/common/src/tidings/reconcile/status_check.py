"""One look at how an item stands at its provider, and what follows from it for each of its sources."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidings.errors import ItemGone, ReconnectRequired
from tidings.model import EVERY_SOURCE, Access, DiscoveredSource, Source, StatusChange
from tidings.observability import emit_count
from tidings.provider_access.credentials import Credentials
from tidings.providers.protocol import StatusReader
from tidings.reconcile import policy
from tidings.store import items, removal, snapshots, sources, status_checks
from tidings.store.sources import NotLinked, Removed, SourceKey

_LOOKING_S = 9.0
"""Of one item. The function ends at 60 s, and gets five at a time."""


@dataclass(slots=True, repr=False, eq=False)
class StatusCheck:
    """`rows`: the item's sources as read before the provider is asked; what changed since is left to the next look."""

    credentials: Credentials
    reader: StatusReader
    item_id: str
    rows: Sequence[Source]
    began_at: int
    outcomes: dict[str, int] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)

    def run(self) -> None:
        """ProviderError when the provider did not say how the item stands; then nothing is changed."""
        known = [row.source_id for row in self.rows if row.source_id != EVERY_SOURCE]
        deadline = time.monotonic() + _LOOKING_S

        def ask(access: Access) -> Sequence[DiscoveredSource]:
            return self.reader.read_status(access, known, deadline)

        try:
            found = {one.source_id: one for one in self.credentials.call(self.item_id, ask)}
        except ReconnectRequired as error:
            self._all_are(StatusChange("reconnect_required", error.reason))
        except ItemGone:
            self._all_are(StatusChange("revoked", "gone"))
        else:
            self._appear([one for one in found.values() if one.source_id not in known])
            self._compare(found)

    def _all_are(self, change: StatusChange) -> None:
        for row in self.rows:
            self._learn(row, change)
            status_checks.record_check(self._key(row), row, self.began_at, answered=False)

    def _appear(self, new: Sequence[DiscoveredSource]) -> None:
        """Connections that nobody outcomes of get their rows; below they count as news."""
        for one in new:
            key = SourceKey(self.credentials.user_id, self.credentials.provider, one.source_id, self._item)
            try:
                sources.create_discovered(key, one.institution)
            except (Removed, NotLinked):
                continue  # ended a moment ago, or the item itself was
            self.new.add(one.source_id)
            self._note("found")
        if self.new:
            state = sources.read_user_state(self.credentials.user_id)
            added = [row for row in state.of(self.credentials.provider) if row.source_id in self.new]
            self.rows = [*self.rows, *added]

    def _compare(self, found: Mapping[str, DiscoveredSource]) -> None:
        asked = [row.source_id for row in self.rows if row.source_id in found and policy.may_have_update(row)]
        stored = snapshots.provider_stamps(self.credentials.user_id, self.credentials.provider, asked)
        complete = True
        for row in self.rows:
            if row.source_id in found:
                complete &= self._compare_one(row, found[row.source_id], stored.get(row.source_id))
            elif row.source_id != EVERY_SOURCE and removal.remove_source(self._key(row), link_id=row.link_id):
                self._note("gone")
        for row in self.rows:
            if row.source_id == EVERY_SOURCE:
                status_checks.record_check(self._key(row), row, self.began_at, answered=complete)

    def _compare_one(self, row: Source, now: DiscoveredSource, stored: tuple[str, str | None] | None) -> bool:
        """Whether everything about it is known now."""
        key = self._key(row)
        if now.status is not None:
            self._learn(row, now.status)
        newer = row.source_id in self.new or (now.stamp is not None and stored != (row.link_id, now.stamp))
        if newer and policy.may_have_update(row):
            if status_checks.record_missed_update(key, row, self.began_at):
                self._note("marked")
                return True
            self._note("overtaken")
            return False
        answered = now.stamp is not None
        status_checks.record_check(key, row, self.began_at, answered=answered)
        return answered

    def _learn(self, row: Source, change: StatusChange) -> None:
        """That a login works disproves only that it does not: what else was said of it stands."""
        if change.status == "ok" and row.status != "reconnect_required":
            return
        before = (row.status, row.status_reason)
        if sources.set_status(self._key(row), row, change) and before != (change.status, change.reason):
            self._note("status")

    def _note(self, outcome: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        emit_count("Reconciled", provider=self.credentials.provider, outcome=outcome)

    @property
    def _item(self) -> str:
        return items.key(self.credentials.provider, self.item_id)

    def _key(self, row: Source) -> SourceKey:
        return SourceKey.of(self.credentials.user_id, row)
