"""One provider's part of a refresh: find its sources, fetch those that need it side by side, store what came.

A source's thread stores content that no head names yet, unless it is past the deadline; only this thread makes it the
source's snapshot. A provider call that is past the deadline is left alone and its result is dropped.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import NamedTuple

from tidings import clock, providers, settings
from tidings.errors import (
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderTimeout,
    ReconnectRequired,
    StoreUnavailable,
    TidingsError,
)
from tidings.model import EVERY_SOURCE, DiscoveredSource, ProviderName, Snapshot, Source, StatusChange
from tidings.portfolio import accounts
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.store import items, removal, snapshots, sources
from tidings.store.sources import NotLinked, Removed, SourceKey

_SIDE_BY_SIDE = 16
_ACCOUNTS_ASSUMED = 2
"""Of a source that was never fetched, to count its calls beforehand."""


class FetchResult(NamedTuple):
    """How the asking of one source ended: with a snapshot or with an error. `before`: the snapshot it replaced."""

    source_id: str
    snapshot: Snapshot | None = None
    error: TidingsError | None = None
    before: Snapshot | None = None

    @property
    def changed(self) -> bool | None:
        """Whether the snapshot differs from the one before; None without a snapshot."""
        if self.snapshot is None:
            return None
        return self.before is None or self.before.digest != self.snapshot.digest


@dataclass(slots=True, repr=False, eq=False)
class ProviderFetch:
    """One provider of one user, with what was read before the fetch began."""

    credentials: Credentials
    rate_limiter: RateLimiter
    rows: Sequence[Source]
    stored: Mapping[tuple[ProviderName, str], Snapshot]
    everything: bool
    deadline: float
    began_at: int = field(default_factory=lambda: clock.now_ms())

    @property
    def user_id(self) -> str:
        return self.credentials.user_id

    @property
    def provider(self) -> ProviderName:
        return self.credentials.provider

    def run(self) -> list[FetchResult]:
        """Ask every source that needs it. ProviderError when there is none, since not even a list could be had."""
        self.rate_limiter.reserve(self._expected_calls())
        found, failures = self._discover()
        rows = [row for row in self.rows if row.source_id != EVERY_SOURCE]
        lost = [self._failed(row, failures[row.item_id]) for row in rows if row.item_id in failures]
        if failures and not lost:
            raise next(iter(failures.values()))
        rows = [row for row in rows if row.source_id in found]
        chosen = self._choose(rows)
        if rows and not chosen:
            return [
                FetchResult(row.source_id, error=NotOffered(row.status_reason or "not_offered")) for row in rows
            ] + lost
        results = list(self._fetch([row for row in chosen if not _is_broken(found[row.source_id])]))
        results += [self._broken(row, found[row.source_id]) for row in chosen if _is_broken(found[row.source_id])]
        if not failures:
            self._settle_wildcard(rows, results)
        return results + lost

    def _expected_calls(self) -> int:
        """What asking takes, as far as known before."""
        chosen = self._choose([row for row in self.rows if row.source_id != EVERY_SOURCE])
        calls = 0
        for item_id in {row.item_id for row in self.rows}:
            mine = [self.stored.get((row.provider, row.source_id)) for row in chosen if row.item_id == item_id]
            counts = [len(snapshot.accounts) if snapshot else _ACCOUNTS_ASSUMED for snapshot in mine]
            calls += providers.holdings_reader(self.provider).expected_calls(counts)
        return calls

    def _discover(self) -> tuple[dict[str, DiscoveredSource], dict[str, TidingsError]]:
        """The sources that exist now, and why an item's could not be listed.

        New ones get their rows, those confirmed gone lose theirs (§4.7).
        """
        found: dict[str, DiscoveredSource] = {}
        failures: dict[str, TidingsError] = {}
        for item_id in sorted({row.item_id for row in self.rows}):
            known = [row for row in self.rows if row.item_id == item_id and row.source_id != EVERY_SOURCE]
            try:
                listed = self._listed(item_id, [row.source_id for row in known])
            except ProviderError as error:
                failures[item_id] = error
                self._learn_of_credential(item_id, error)
                continue
            self._learn_of_credential(item_id, None)
            found |= {one.source_id: one for one in listed}
            for row in known:
                self._learn(row, found.get(row.source_id))
            ids = {row.source_id for row in known}
            self._appear(item_id, [one for one in listed if one.source_id not in ids])
        return found, failures

    def _listed(self, item_id: str, known: Sequence[str]) -> Sequence[DiscoveredSource]:
        if item_id in known:
            return [DiscoveredSource(item_id)]  # the item is its own only source
        lister = providers.source_lister(self.provider)
        return self.credentials.call(item_id, lambda access: lister.discover(access, known, self.deadline))

    def _learn(self, row: Source, now: DiscoveredSource | None) -> None:
        key = SourceKey.of(self.user_id, row)
        if now is None:
            removal.remove_source(key, link_id=row.link_id)
        elif now.status is not None:
            sources.set_status(key, row, now.status)

    def _learn_of_credential(self, item_id: str, error: ProviderError | None) -> None:
        """What listing says of the item itself stands in its own row too: there may be no other."""
        if error is not None and not isinstance(error, ReconnectRequired):
            return
        change = StatusChange("reconnect_required", error.reason) if error else StatusChange("ok")
        for row in self.rows:
            if row.source_id == EVERY_SOURCE and row.item_id == item_id:
                sources.set_status(SourceKey.of(self.user_id, row), row, change)

    def _appear(self, item_id: str, new: Sequence[DiscoveredSource]) -> None:
        for one in new:
            key = SourceKey(self.user_id, self.provider, one.source_id, items.key(self.provider, item_id))
            try:
                sources.create_discovered(key, one.institution)
            except Removed:
                continue
            except NotLinked as error:
                raise ReconnectRequired("unlinked") from error
        ids = {one.source_id for one in new}
        if ids:
            # The rows known before keep the generations read before the provider was asked what there is.
            added = [row for row in sources.read_user_state(self.user_id).of(self.provider) if row.source_id in ids]
            self.rows = [*self.rows, *added]

    def _choose(self, rows: Sequence[Source]) -> Sequence[Source]:
        """Those with news, a check due, a failure, no snapshot or an old one; all, when none is or all are wanted.

        One that has no investments is asked again only for news, or when all are wanted: so there may be none.
        """
        wildcard = [row for row in self.rows if row.source_id == EVERY_SOURCE]
        if self.everything or any(row.pending or row.check_due is not None for row in wildcard):
            return rows
        open_rows = [row for row in rows if not _is_settled(row)]
        return [row for row in open_rows if self._needs(row)] or open_rows

    def _needs(self, row: Source) -> bool:
        if row.status == "revoked" and items.key(row.provider, row.item_id) not in self.credentials.sealed:
            return False  # what was revoked was deleted: it must not keep the others from being asked
        snapshot = self.stored.get((row.provider, row.source_id))
        if row.pending or row.check_due is not None or row.last_error or snapshot is None:
            return True
        return snapshot.link_id != row.link_id or self.began_at - snapshot.fetch_began_at > settings.stale_after_ms()

    def _fetch(self, rows: Sequence[Source]) -> Iterator[FetchResult]:
        began_at = clock.now_ms()
        pool = ThreadPoolExecutor(max_workers=_SIDE_BY_SIDE)
        try:
            running = {pool.submit(self._content, row, began_at): row for row in rows}
            for future in self._completed(running):
                yield self._store(running.pop(future), future)
            for row in running.values():
                yield self._failed(row, ProviderTimeout())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _content(self, row: Source, began_at: int) -> Snapshot:
        reader = providers.holdings_reader(self.provider)
        fetched = self.credentials.call(row.item_id, lambda access: reader.fetch(access, row.source_id, self.deadline))
        if time.monotonic() > self.deadline:
            raise ProviderTimeout
        stored = self.stored.get((row.provider, row.source_id))
        before = stored if stored and stored.link_id == row.link_id else None
        return snapshots.save_content(
            SourceKey.of(self.user_id, row), row, accounts.carry_over_unreadable(fetched, before), began_at
        )

    def _completed(self, running: Mapping["Future[Snapshot]", Source]) -> Iterator["Future[Snapshot]"]:
        try:
            yield from as_completed(list(running), timeout=max(0.0, self.deadline - time.monotonic()))
        except TimeoutError:
            return

    def _store(self, row: Source, future: "Future[Snapshot]") -> FetchResult:
        try:
            snapshot = future.result()
        except StoreUnavailable:
            raise
        except TidingsError as error:
            return self._failed(row, error)
        key = SourceKey.of(self.user_id, row)
        previous = self.stored.get((row.provider, row.source_id))
        lost = snapshots.commit(key, row, snapshot, previous)
        if lost is not None:
            return FetchResult(row.source_id, error=ItemGone() if lost == "gone" else None)
        sources.clear_check_due(key, row)
        sources.set_status(key, row, StatusChange("ok"))
        comparable = previous if previous and previous.link_id == snapshot.link_id else None
        return FetchResult(row.source_id, snapshot, before=comparable)

    def _failed(self, row: Source, error: TidingsError) -> FetchResult:
        key = SourceKey.of(self.user_id, row)
        if isinstance(error, ReconnectRequired):
            sources.set_status(key, row, StatusChange("reconnect_required", error.reason))
        elif isinstance(error, ItemGone):
            sources.set_status(key, row, StatusChange("revoked", "gone"))
        elif isinstance(error, NotOffered):
            return self._nothing_to_fetch(row, error)
        sources.note_failure(key, row, error.slug)
        return FetchResult(row.source_id, error=error)

    def _nothing_to_fetch(self, row: Source, error: NotOffered) -> FetchResult:
        key = SourceKey.of(self.user_id, row)
        sources.clear_unfetched(key, row, error.slug)
        sources.clear_check_due(key, row)
        sources.set_status(key, row, StatusChange("ok", error.reason))
        return FetchResult(row.source_id, error=error)

    def _broken(self, row: Source, found: DiscoveredSource) -> FetchResult:
        """A connection that its provider has disabled answers with old data: it isn't asked."""
        error = ReconnectRequired((found.status.reason if found.status else None) or "disabled")
        sources.note_failure(SourceKey.of(self.user_id, row), row, error.slug)
        return FetchResult(row.source_id, error=error)

    def _settle_wildcard(self, rows: Sequence[Source], results: Sequence[FetchResult]) -> None:
        """Events that named only the user are answered once each of its sources was fetched (or has nothing)."""
        done = {one.source_id for one in results if one.error is None or isinstance(one.error, NotOffered)}
        if any(row.source_id not in done for row in rows):
            return
        for row in self.rows:
            if row.source_id == EVERY_SOURCE:
                sources.clear_all_sources(SourceKey.of(self.user_id, row), row, self.began_at)
                sources.clear_check_due(SourceKey.of(self.user_id, row), row)


def _is_settled(row: Source) -> bool:
    """Its provider said for good that there is nothing to fetch, and nothing was heard since."""
    return row.last_error == NotOffered.slug and not row.pending and row.check_due is None


def _is_broken(found: DiscoveredSource) -> bool:
    return found.status is not None and found.status.status == "reconnect_required"
