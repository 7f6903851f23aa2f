"""Fetch one provider's sources concurrently and store the results.

A worker thread stores content that no snapshot head names yet. Only the thread that runs the fetch commits it as the
source's snapshot. A provider call that exceeds the deadline is abandoned, its result is dropped, and its thread stores
nothing more.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial

from tidings import clock, providers, settings
from tidings.aws import queues
from tidings.concurrency import in_context, limit_time
from tidings.errors import (
    ConnectionEnded,
    CoolingDown,
    EndReported,
    ItemGone,
    NotOffered,
    ProviderNotReady,
    ProviderTimeout,
    ReconnectRequired,
    StoreUnavailable,
    TidingsError,
)
from tidings.holdings import Snapshot, StoredReadings
from tidings.model import DiscoveredSource, ItemKey, ProviderName, Source, StatusChange
from tidings.portfolio import accounts, changes
from tidings.portfolio.observation import observe
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.refresh.discovery import Discovery
from tidings.refresh.results import FetchResult
from tidings.refresh.selection import Selection
from tidings.store import end_reports, first_fetches, history, snapshots, sources, user_state
from tidings.store.history import HistoryEntry
from tidings.store.sources import SourceKey

_MAX_WORKERS = 16
_ACCOUNTS_ASSUMED = 2
"""Per source that was never fetched, to estimate the number of calls."""

_CHECK_DELAY_S = 660
"""After `look_again_at`, by a minute for clocks that differ."""
_REQUEST_CHECKS_S = 2.0

_NOTHING_FOUND: Mapping[str, DiscoveredSource] = {}


@dataclass(slots=True, repr=False, eq=False)
class ProviderFetch:
    """The fetch of one user's sources at one provider, with what was read before it began.

    `fetcher`: by which it marks each first fetch: the id of its cooldown, or an id within another refresh's cooldown.
    `known`: the newest snapshots of all the user's sources, shared by the fetches of one refresh.
    """

    credentials: Credentials
    rate_limiter: RateLimiter
    rows: Sequence[Source]
    stored: Mapping[tuple[ProviderName, str], Snapshot]
    everything: bool
    deadline: float
    fetcher: str
    known: dict[tuple[ProviderName, str], Snapshot]
    began_at: int = field(default_factory=lambda: clock.now_ms())
    _unclear: set[ItemKey] = field(default_factory=set)

    def run(self) -> list[FetchResult]:
        """Fetch every source that needs it. Raises ProviderError if no source is known and none could be listed."""
        ended = [_ended(row) for row in self.rows if row.has_ended]
        return [*self._fetch_live([row for row in self.rows if not row.has_ended]), *ended]

    def fetch_first(
        self, rows: Sequence[Source] | None = None, found: Mapping[str, DiscoveredSource] = _NOTHING_FOUND
    ) -> list[FetchResult]:
        """Fetch only the sources whose first fetch the caller acquired: `rows`, by default those read as its own.

        `found`: by source id, if the sources were listed: one that its provider has disabled is not fetched.
        """
        if rows is None:
            rows = [row for row in self.rows if row.first_fetch_by == self.fetcher]
        disabled = [row for row in rows if row.source_id in found and _is_disabled(found[row.source_id])]
        fetched = [row for row in rows if row not in disabled]
        reader = providers.holdings_reader(self.credentials.provider)
        if fetched:
            self.rate_limiter.reserve(reader.expected_calls([_ACCOUNTS_ASSUMED] * len(fetched)))
        return [*self._fetch(fetched), *(self._refuse(row, found[row.source_id]) for row in disabled)]

    def request_checks(self) -> None:
        """Have the reconciler check what failed, or did not bring the update that was announced."""
        with limit_time(_REQUEST_CHECKS_S):
            for item in sorted(self._unclear):
                queues.request_status_check(item, _CHECK_DELAY_S)

    def _fetch_live(self, live: Sequence[Source]) -> list[FetchResult]:
        selection = Selection(self.stored, self.everything, self.began_at)
        self.rate_limiter.reserve(self._expected_calls(live, selection))
        discovery = Discovery(self.credentials, live, self.deadline)
        discovery.run()
        found, failures = discovery.found, discovery.failures
        unlisted = [self._fail(row, failures[row.item_id]) for row in discovery.linked if row.item_id in failures]
        if failures and not unlisted:
            raise next(iter(failures.values()))
        rows = [row for row in discovery.linked if row.source_id in found]
        chosen = selection.choose(rows, discovery.wildcards)
        if rows and not chosen:
            return [self._not_offered(row) for row in rows] + unlisted
        results = list(self._fetch([row for row in chosen if not _is_disabled(found[row.source_id])]))
        results += [self._refuse(row, found[row.source_id]) for row in chosen if _is_disabled(found[row.source_id])]
        if not failures:
            self._clear_wildcards(discovery.wildcards, rows, results)
        return results + unlisted

    def _expected_calls(self, live: Sequence[Source], selection: Selection) -> int:
        """Estimate the calls from the accounts stored last time."""
        linked = [row for row in live if not row.is_wildcard]
        chosen = selection.choose(linked, [row for row in live if row.is_wildcard])
        calls = 0
        for item_id in {row.item_id for row in live}:
            stored = [self.stored.get((row.provider, row.source_id)) for row in chosen if row.item_id == item_id]
            counts = [len(snapshot.accounts) if snapshot else _ACCOUNTS_ASSUMED for snapshot in stored]
            calls += providers.holdings_reader(self.credentials.provider).expected_calls(counts)
        return calls

    def _fetch(self, rows: Sequence[Source]) -> Iterator[FetchResult]:
        began_at = clock.now_ms()
        pool = ThreadPoolExecutor(max_workers=_MAX_WORKERS)
        try:
            running = {pool.submit(in_context(partial(self._fetch_content, row, began_at))): row for row in rows}
            for future in self._completed(running):
                yield self._commit(running.pop(future), future)
            for row in running.values():
                yield self._fail(row, ProviderTimeout())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _fetch_content(self, row: Source, began_at: int) -> Snapshot:
        if not first_fetches.begin(self._key(row), row, self.fetcher, clock.now_ms()):
            raise self._taken_error(row)
        reader = providers.holdings_reader(self.credentials.provider)
        stored = self.stored.get((row.provider, row.source_id))
        before = stored if stored and stored.link_id == row.link_id else None
        readings = _stored_readings(before)
        fetched = self.credentials.call(
            row.item_id, lambda access: reader.fetch(access, row.source_id, self.deadline, readings)
        )
        if time.monotonic() > self.deadline:
            raise ProviderTimeout
        return snapshots.save_content(self._key(row), row, accounts.carry_over_unreadable(fetched, before), began_at)

    def _taken_error(self, row: Source) -> TidingsError:
        """Return why the source was not fetched: another refresh makes its first fetch, or it was unlinked."""
        current = user_state.read_source(self._key(row))
        if current is None or current.link_id != row.link_id:
            return ItemGone()
        return CoolingDown(retry_after_s=settings.refresh_cooldown_ms() // 1000)

    def _completed(self, running: Mapping["Future[Snapshot]", Source]) -> Iterator["Future[Snapshot]"]:
        try:
            yield from as_completed(list(running), timeout=self.deadline - time.monotonic())
        except TimeoutError:
            return

    def _commit(self, row: Source, future: "Future[Snapshot]") -> FetchResult:
        """Commit the content as the source's snapshot and clear the update, unless a newer refresh or an unlink won."""
        try:
            snapshot = future.result()
        except StoreUnavailable:
            raise
        except CoolingDown as error:
            return FetchResult(row.source_id, error=error)
        except TidingsError as error:
            return self._fail(row, error)
        key = self._key(row)
        previous = self.stored.get((row.provider, row.source_id))
        comparable = previous if previous and previous.link_id == snapshot.link_id else None
        lost = snapshots.commit(key, row, snapshot, previous, self._observed(key, row, snapshot, comparable))
        if lost is not None:
            return FetchResult(row.source_id, error=ItemGone() if lost == "gone" else None)
        sources.clear_check_due(key, row)
        sources.set_status(key, row, StatusChange("ok"))
        if row.pending and comparable and comparable.digest == snapshot.digest:
            self._unclear.add(row.item)
        return FetchResult(row.source_id, snapshot, before=comparable)

    def _observed(self, key: SourceKey, row: Source, snapshot: Snapshot, before: Snapshot | None) -> list[HistoryEntry]:
        """Build the rows of the history: the source's day, and what the fetch changed."""
        place = (row.provider, row.source_id)
        self.known[place] = snapshot  # first, so that of two commits at the same time the later one knows both
        others = [other for name, other in list(self.known.items()) if name != place]
        rows = [history.day_row(key, observe(key.user_id, snapshot, row.linked_at, others))]
        found = changes.diff_snapshots([(before, snapshot)]) if before else None
        if found and found["rows"]:
            rows.append(history.changes_row(key, snapshot.fetch_id, found))
        return rows

    def _fail(self, row: Source, error: TidingsError) -> FetchResult:
        """Store what the error says about the source; its update stays pending, unless nothing can ever be fetched."""
        key = self._key(row)
        if isinstance(error, ProviderNotReady):
            first_fetches.give_back(key, row, self.fetcher, clock.now_ms())
        if isinstance(error, EndReported) and end_reports.record_end_report(key, row, error.reason, clock.now_ms()):
            error = ItemGone(error.reason)
        if isinstance(error, ReconnectRequired | ItemGone):
            sources.set_status(key, row, error.status_change)
        elif isinstance(error, NotOffered):
            return self._clear_not_offered(row, error)
        self._note_failure(row, error)
        return FetchResult(row.source_id, error=error)

    def _note_failure(self, row: Source, error: TidingsError) -> None:
        """Store the failure. Only the first one in a row asks for a check, however often the user tries."""
        sources.note_failure(self._key(row), row, error.slug)
        if row.last_error is None:
            self._unclear.add(row.item)

    def _clear_not_offered(self, row: Source, error: NotOffered) -> FetchResult:
        key = self._key(row)
        sources.clear_unfetched(key, row, error.slug)
        sources.clear_check_due(key, row)
        sources.set_status(key, row, StatusChange("ok", error.reason))
        return FetchResult(row.source_id, error=error)

    def _not_offered(self, row: Source) -> FetchResult:
        return FetchResult(row.source_id, error=NotOffered(row.status_reason or "not_offered"))

    def _refuse(self, row: Source, found: DiscoveredSource) -> FetchResult:
        """Do not fetch a connection that its provider has disabled: it would return old data."""
        error = ReconnectRequired((found.status.reason if found.status else None) or "disabled")
        self._note_failure(row, error)
        return FetchResult(row.source_id, error=error)

    def _clear_wildcards(
        self, wildcards: Sequence[Source], rows: Sequence[Source], results: Sequence[FetchResult]
    ) -> None:
        """Clear updates that named only the user, once each source was fetched or has nothing to fetch."""
        done = {one.source_id for one in results if one.error is None or isinstance(one.error, NotOffered)}
        if any(row.source_id not in done for row in rows):
            return
        for row in wildcards:
            sources.clear_all_sources(self._key(row), row, self.began_at)
            sources.clear_check_due(self._key(row), row)

    def _key(self, row: Source) -> SourceKey:
        return SourceKey.for_source(self.credentials.user_id, row)


def _stored_readings(before: Snapshot | None) -> StoredReadings:
    """Return what the totals of a source's accounts decided before."""
    return {account.account_id: account.readings for account in (before.accounts if before else ()) if account.readings}


def _ended(row: Source) -> FetchResult:
    return FetchResult(row.source_id, error=ConnectionEnded(row.status_reason or ItemGone.slug))


def _is_disabled(found: DiscoveredSource) -> bool:
    return found.status is not None and found.status.status == "reconnect_required"
