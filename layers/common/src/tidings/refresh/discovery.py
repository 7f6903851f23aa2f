"""Discover the sources of a user's items at one provider: create rows for new ones, remove those confirmed gone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tidings import providers
from tidings.errors import ProviderError, ReconnectRequired, TidingsError
from tidings.model import DiscoveredSource, ItemKey, Source, StatusChange
from tidings.provider_access.credentials import Credentials
from tidings.store import removal, sources, user_state
from tidings.store.sources import NotLinked, Removed, SourceKey


@dataclass(slots=True, repr=False, eq=False)
class Discovery:
    """The sources of one provider. `rows`: as read before the provider is called, then with the new ones.

    `found`: the listed sources by id. `failures`: why an item could not be listed, by item id.
    """

    credentials: Credentials
    rows: Sequence[Source]
    deadline: float
    found: dict[str, DiscoveredSource] = field(default_factory=dict)
    failures: dict[str, TidingsError] = field(default_factory=dict)

    @property
    def linked(self) -> list[Source]:
        """Return the rows without wildcard rows."""
        return [row for row in self.rows if not row.is_wildcard]

    @property
    def wildcards(self) -> list[Source]:
        """Return the rows that stand for all sources of an item."""
        return [row for row in self.rows if row.is_wildcard]

    def run(self) -> None:
        """List the sources of every item. An item that cannot be listed is noted in `failures`."""
        for item_id in sorted({row.item_id for row in self.rows}):
            known = [row for row in self.linked if row.item_id == item_id]
            try:
                listed = self._list(item_id, [row.source_id for row in known])
            except ProviderError as error:
                self.failures[item_id] = error
                self._set_item_status(item_id, error)
                continue
            self._set_item_status(item_id, None)
            self.found |= {one.source_id: one for one in listed}
            for row in known:
                self._update_known(row)
            known_ids = {row.source_id for row in known}
            self._create_rows(item_id, [one for one in listed if one.source_id not in known_ids])

    def find_new(self, known: Collection[str]) -> list[Source]:
        """List the items of the wildcard rows, and create rows for the sources that are not known. Returns those."""
        for row in self.wildcards:
            try:
                listed = self._list(row.item_id, ())
            except ProviderError as error:
                self._set_item_status(row.item_id, error)
                raise
            self.found |= {one.source_id: one for one in listed}
            self._create_rows(row.item_id, [one for one in listed if one.source_id not in known])
        return self.linked

    def _list(self, item_id: str, known: Sequence[str]) -> Sequence[DiscoveredSource]:
        if item_id in known:
            return [DiscoveredSource(item_id)]  # a Plaid item is its own only source
        lister = providers.source_lister(self.credentials.provider)
        return self.credentials.call(item_id, lambda access: lister.discover(access, known, self.deadline))

    def _update_known(self, row: Source) -> None:
        key = SourceKey.for_source(self.credentials.user_id, row)
        listed = self.found.get(row.source_id)
        if listed is None:
            removal.remove_source(key, link_id=row.link_id)
        elif listed.status is not None:
            sources.set_status(key, row, listed.status)

    def _set_item_status(self, item_id: str, error: ProviderError | None) -> None:
        """Set the status of the item's wildcard row from the result of listing: the item may have no other row."""
        if error is not None and not isinstance(error, ReconnectRequired):
            return
        change = error.status_change if error else StatusChange("ok")
        for row in self.wildcards:
            if row.item_id == item_id:
                sources.set_status(SourceKey.for_source(self.credentials.user_id, row), row, change)

    def _create_rows(self, item_id: str, discovered: Sequence[DiscoveredSource]) -> None:
        item = ItemKey(self.credentials.provider, item_id)
        for one in discovered:
            key = SourceKey(self.credentials.user_id, item.provider, one.source_id, item)
            try:
                sources.create_discovered(key, one.institution)
            except Removed:
                continue
            except NotLinked as error:
                raise ReconnectRequired("unlinked") from error
        new_ids = {one.source_id for one in discovered}
        if new_ids:
            # The other rows keep the generations read before the provider listed its sources.
            state = user_state.read_user_state(self.credentials.user_id)
            added = [row for row in state.of_provider(item.provider) if row.source_id in new_ids]
            self.rows = [*self.rows, *added]
