"""A provider's status and the store around the check of one item, without I/O."""

import time
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tidings.model import Access, DiscoveredSource, ItemKey, ProviderName, Source, StatusChange
from tidings.provider_access.credentials import Credentials
from tidings.providers.protocol import StatusReader
from tidings.reconcile.status_check import StatusCheck
from tidings.store import end_reports, removal, snapshots, sources, status_checks, user_state
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState

NOW = 1_771_500_000_000
ACCESS = Access({}, "user", "secret")
OK = StatusChange("ok")
STAMP = "2026-02-19T14:30:00Z"


def row(source_id: str, **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source("snaptrade", source_id, "user", f"link-{source_id}", **values)


def found(source_id: str, status: StatusChange | None = OK, stamp: str | None = STAMP) -> DiscoveredSource:
    return DiscoveredSource(source_id, f"Bank of {source_id}", status, stamp)


class World:
    """`answer`: the sources that the provider lists, or its error. The sets name sources by their ids."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: Sequence[DiscoveredSource] | Exception = ()
        self.stored: dict[str, tuple[str, str | None]] = {}
        self.create_errors: dict[str, Exception] = {}
        self.others: tuple[Source, ...] = ()
        self.overtaken: set[str] = set()
        self.unchanged: set[str] = set()
        self.kept: set[str] = set()
        self.disbelieved: set[str] = set()
        self.asked: list[tuple[Any, ...]] = []
        self.compared: list[str] = []
        self.done: list[tuple[Any, ...]] = []
        replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
        monkeypatch.setattr(sources, "create_discovered", self._create)
        monkeypatch.setattr(sources, "set_status", self._set_status)
        monkeypatch.setattr(snapshots, "provider_stamps", self._stamps)
        monkeypatch.setattr(user_state, "read_user_state", self._read)
        monkeypatch.setattr(removal, "remove_source", self._remove)
        monkeypatch.setattr(end_reports, "record_end_report", self._report_end)
        monkeypatch.setattr(end_reports, "clear_end_report", self._write("end cleared"))
        monkeypatch.setattr(status_checks, "record_check", self._record_check)
        monkeypatch.setattr(status_checks, "record_missed_update", self._record_update)

    def check(self, *rows: Source) -> dict[str, int]:
        """Check the item with these rows, and return the outcomes by their number."""

        def call(item_id: str, read: Callable[[Access], Any]) -> Any:  # noqa: ANN401 - what the call returns
            assert item_id == "user"
            return read(ACCESS)

        credentials = SimpleNamespace(user_id="ann", provider="snaptrade", call=call)
        reader = SimpleNamespace(read_status=self._read_status)
        check = StatusCheck(cast(Credentials, credentials), cast(StatusReader, reader), "user", rows, NOW)
        check.run()
        return check.outcomes

    def said(self, what: str) -> list[tuple[Any, ...]]:
        return [tuple(rest) for kind, *rest in self.done if kind == what]

    def _read_status(self, access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
        assert access == ACCESS
        self.asked.append((known, deadline))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def _create(self, key: SourceKey, institution: str | None) -> None:
        if key.source_id in self.create_errors:
            raise self.create_errors[key.source_id]
        assert key == SourceKey("ann", "snaptrade", key.source_id, ItemKey("snaptrade", "user"))
        self.done.append(("created", key.source_id, institution))

    def _read(self, user_id: str) -> UserState:
        assert user_id == "ann"
        return UserState((*(row(source_id) for source_id, _ in self.said("created")), *self.others), {})

    def _set_status(self, key: SourceKey, source: Source, change: StatusChange) -> bool:
        self._name(key, source)
        self.done.append(("status", source.source_id, change))
        return source.source_id not in self.unchanged

    def _stamps(self, user_id: str, provider: ProviderName, names: Iterable[str]) -> dict[str, tuple[str, str | None]]:
        assert (user_id, provider) == ("ann", "snaptrade")
        self.compared = list(names)
        return {name: stamp for name, stamp in self.stored.items() if name in self.compared}

    def _remove(self, key: SourceKey, *, link_id: str | None) -> bool:
        self.done.append(("removed", key.source_id, link_id))
        return key.source_id not in self.kept

    def _report_end(self, key: SourceKey, source: Source, reason: str, began_at: int) -> bool:
        self._name(key, source)
        self.done.append(("end", source.source_id, reason, began_at))
        return source.source_id not in self.disbelieved

    def _record_check(self, key: SourceKey, source: Source, began_at: int, *, answered: bool) -> None:
        self._name(key, source)
        self.done.append(("checked", source.source_id, began_at, answered))

    def _record_update(self, key: SourceKey, source: Source, began_at: int) -> bool:
        self._name(key, source)
        self.done.append(("update", source.source_id, began_at))
        return source.source_id not in self.overtaken

    def _write(self, name: str) -> Callable[[SourceKey, Source], None]:
        def write(key: SourceKey, source: Source) -> None:
            self._name(key, source)
            self.done.append((name, source.source_id))

        return write

    @staticmethod
    def _name(key: SourceKey, source: Source) -> None:
        assert key == SourceKey.for_source("ann", source)
