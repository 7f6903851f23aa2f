"""A provider, the store and the queue around one provider's fetch, without I/O."""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.fakes.portfolios import snapshot
from tidings import clock, providers
from tidings.aws import queues
from tidings.errors import TidingsError
from tidings.holdings import FetchedHoldings, Snapshot, StoredReadings
from tidings.model import DiscoveredSource, ItemKey, ProviderName, Source, StatusChange
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.refresh.provider_fetch import ProviderFetch
from tidings.refresh.results import FetchResult
from tidings.store import end_reports, first_fetches, history, removal, snapshots, sources, user_state
from tidings.store.sources import SourceKey

NOW = 1_771_500_000_000
OK = StatusChange("ok")


def row(source_id: str, item_id: str = "item", **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source("snaptrade", source_id, item_id, "link", **values)


def held(source_id: str, **values: Any) -> Snapshot:  # noqa: ANN401 - a snapshot's values
    return replace(snapshot("snaptrade", source_id), **values)


class FetchWorld:
    """`lists`: by item, its sources or the error. `answers`: by source, its holdings or the error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lists: dict[str, Sequence[DiscoveredSource] | TidingsError] = {}
        self.answers: dict[str, FetchedHoldings | TidingsError] = {}
        self.digests: dict[str, str] = {}
        self.stored: list[Snapshot] = []
        self.known: dict[tuple[ProviderName, str], Snapshot] = {}
        self.lost: dict[str, str] = {}
        self.taken: Collection[str] = ()
        self.current: Source | None = None
        self.is_end_believed = False
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.deadline = time.monotonic() + 600
        self.calls: list[tuple[str, StoredReadings]] = []
        self.answered: list[str] = []
        self.counted: list[Any] = []
        self.saved: list[str] = []
        self.committed: dict[str, tuple[Snapshot | None, Sequence[Any]]] = {}
        self.writes: list[tuple[Any, ...]] = []
        self.checks: list[tuple[ItemKey, int]] = []
        self._named: list[Source] = []
        self._patch(monkeypatch)

    def fetch(self, *rows: Source, everything: bool = False) -> ProviderFetch:
        credentials = SimpleNamespace(user_id="ann", provider="snaptrade", call=lambda item, action: action(item))
        return ProviderFetch(
            cast(Credentials, credentials),
            cast(RateLimiter, SimpleNamespace(reserve=self.counted.append)),
            rows,
            {(one.provider, one.source_id): one for one in self.stored},
            everything,
            self.deadline,
            "ours",
            self.known,
        )

    def run(self, *rows: Source, everything: bool = False) -> Mapping[str, FetchResult]:
        """List the named sources that live, unless `lists` says otherwise, and fetch what needs it."""
        self._named = [one for one in rows if not (one.is_wildcard or one.has_ended)]
        fetch = self.fetch(*rows, everything=everything)
        results = {one.source_id: one for one in fetch.run()}
        fetch.request_checks()
        return results

    def written(self, name: str) -> list[list[Any]]:
        """Return what was written by this function of the store."""
        return [rest for written, *rest in self.writes if written == name]

    def _patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        reader = SimpleNamespace(expected_calls=lambda counts: 1 + sum(counts), fetch=self._answer)
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        monkeypatch.setattr(providers, "holdings_reader", lambda _: reader)
        monkeypatch.setattr(providers, "source_lister", lambda _: SimpleNamespace(discover=self._list))
        monkeypatch.setattr(queues, "request_status_check", lambda item, delay_s: self.checks.append((item, delay_s)))
        monkeypatch.setattr(first_fetches, "begin", lambda key, *_: key.source_id not in self.taken)
        monkeypatch.setattr(user_state, "read_source", lambda _: self.current)
        monkeypatch.setattr(snapshots, "save_content", self._save)
        monkeypatch.setattr(snapshots, "commit", self._commit)
        monkeypatch.setattr(history, "day_row", lambda key, observation: ("day", key.source_id, observation))
        monkeypatch.setattr(
            history, "changes_row", lambda _, fetch_id, found: ("changes", fetch_id, len(found["rows"]))
        )
        monkeypatch.setattr(end_reports, "record_end_report", self._report_end)
        for module, names in {
            sources: ("clear_check_due", "set_status", "note_failure", "clear_unfetched", "clear_all_sources"),
            first_fetches: ("give_back",),
            removal: ("remove_source",),
        }.items():
            for name in names:
                monkeypatch.setattr(module, name, self._recorder(name))

    def _recorder(self, name: str) -> Callable[..., None]:
        def record(key: SourceKey, _row: Source | None = None, *rest: object, **_: object) -> None:
            self.writes.append((name, key.source_id, *rest))

        return record

    def _list(self, item_id: str, _known: Sequence[str], _deadline: float) -> Sequence[DiscoveredSource]:
        named = [DiscoveredSource(one.source_id) for one in self._named if one.item_id == item_id]
        found = self.lists.get(item_id, named)
        if isinstance(found, TidingsError):
            raise found
        return found

    def _answer(self, _: object, source_id: str, _deadline: float, readings: StoredReadings) -> FetchedHoldings:
        self.calls.append((source_id, readings))
        self.may_answer.wait(20)
        self.answered.append(source_id)
        found = self.answers.get(source_id, FetchedHoldings((), (), None, None))
        if isinstance(found, TidingsError):
            raise found
        return found

    def _save(self, key: SourceKey, source: Source, fetched: FetchedHoldings, began_at: int) -> Snapshot:
        self.saved.append(key.source_id)
        values = {"link_id": source.link_id, "fetch_id": f"new-{key.source_id}", "fetch_began_at": began_at}
        digest = self.digests.get(key.source_id, "new")
        return held(key.source_id, digest=digest, holdings=fetched.holdings, accounts=fetched.accounts, **values)

    def _commit(self, key: SourceKey, _: Source, _new: Snapshot, before: Any, observed: Sequence[Any]) -> str | None:  # noqa: ANN401
        self.committed[key.source_id] = (before, observed)
        return self.lost.get(key.source_id)

    def _report_end(self, _key: SourceKey, _row: Source, _reason: str, now: int) -> bool:
        assert now == NOW
        return self.is_end_believed
