"""Which connection a newly fetched one repeats, whatever the order in which they were linked and fetched."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.errors import StoreUnavailable
from tidings.holdings import Snapshot
from tidings.model import DuplicateOf, ProviderName, Source
from tidings.refresh import duplicates
from tidings.refresh.results import FetchResult, ProviderRefresh
from tidings.store import snapshots, sources
from tidings.store.snapshots import StoredSnapshots
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState


def shown_by(provider: ProviderName, source_id: str, *masks: str) -> Snapshot:
    """Build a connection whose accounts hold one instrument each, named by the account's mask."""
    accounts = [account(f"{source_id}-{mask}", mask=mask) for mask in masks or ("1111",)]
    rows = [
        replace(holding(f"T{one.mask}", account_id=one.account_id), provider=provider, source_id=source_id)
        for one in accounts
    ]
    return snapshot(provider, source_id, accounts=accounts, holdings=rows, institution="Fidelity")


def row(provider: ProviderName, source_id: str, linked: int | None, **values: Any) -> Source:  # noqa: ANN401
    return Source(provider, source_id, source_id, "link", **{"last_update_at": linked, **values})


class Store:
    """Holds snapshots, and what is recorded of duplicates."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *stored: Snapshot, accepts: bool = True) -> None:
        self.reads = 0
        self.recorded: dict[tuple[ProviderName, str], DuplicateOf] = {}
        self._stored = {(one.provider, one.source_id): one for one in stored}
        self._accepts = accepts
        monkeypatch.setattr(snapshots, "read_snapshots", self._read)
        monkeypatch.setattr(sources, "set_duplicate", self._record)

    def _read(self, *_: object) -> StoredSnapshots:
        self.reads += 1
        return StoredSnapshots(self._stored, ())

    def _record(self, key: SourceKey, _: Source, found: DuplicateOf) -> bool:
        self.recorded[key.provider, key.source_id] = found
        return self._accepts


def fetched(*new: Snapshot, before: Snapshot | None = None) -> list[ProviderRefresh]:
    refreshes: dict[ProviderName, ProviderRefresh] = {}
    for one in new:
        refresh = refreshes.setdefault(one.provider, ProviderRefresh(one.provider))
        refresh.results[one.source_id] = FetchResult(one.source_id, one, before=before)
    return list(refreshes.values())


def record(refreshes: Sequence[ProviderRefresh], *rows: Source) -> None:
    duplicates.record_duplicates("ann", refreshes, UserState(rows, retry_at={}))


A, B = shown_by("plaid", "a"), shown_by("plaid", "b")


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("linked_a", "linked_b", "later"), [(1, 2, "b"), (2, 1, "a"), (1, 1, "b"), (None, 1, "b"), (1, None, "a")]
)
def test_later_linked_of_two_fetched_together_repeats_the_other(
    monkeypatch: pytest.MonkeyPatch, order: int, linked_a: int | None, linked_b: int | None, later: str
) -> None:
    store = Store(monkeypatch, *[A, B][::order])
    record(fetched(*[A, B][::order]), *[row("plaid", "a", linked_a), row("plaid", "b", linked_b)][::order])
    earlier = "a" if later == "b" else "b"
    assert store.recorded == {("plaid", later): DuplicateOf("plaid", earlier)}


@pytest.mark.parametrize("order", [1, -1])
def test_same_id_at_two_providers_names_two_connections(monkeypatch: pytest.MonkeyPatch, order: int) -> None:
    both = [shown_by("plaid", "same"), shown_by("snaptrade", "same")][::order]
    store = Store(monkeypatch, *both)
    record(fetched(*both), *(row(one.provider, "same", 1) for one in both))
    assert store.recorded == {("snaptrade", "same"): DuplicateOf("plaid", "same")}


def test_new_connection_repeats_stored_one_however_late_that_was_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(monkeypatch, A, B)
    record(fetched(A), row("plaid", "a", 1), row("plaid", "b", 2))
    assert store.recorded == {("plaid", "a"): DuplicateOf("plaid", "b")}


def test_connection_that_was_fetched_before_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(monkeypatch, A, B)
    failed = ProviderRefresh("plaid", results={"c": FetchResult("c", error=StoreUnavailable())})
    record([*fetched(A, before=A), failed], row("plaid", "a", 2), row("plaid", "b", 1))
    assert (store.recorded, store.reads) == ({}, 0)


@pytest.mark.parametrize("rows", [[], [row("plaid", "a", 2)._replace(link_id="made anew")]])
def test_connection_unlinked_or_linked_anew_meanwhile_is_left(
    monkeypatch: pytest.MonkeyPatch, rows: list[Source]
) -> None:
    store = Store(monkeypatch, A, B)
    record(fetched(A), *rows, row("plaid", "b", 1))
    assert store.recorded == {}


@pytest.mark.parametrize(("masks", "is_complete"), [(("1111",), True), (("1111", "2222"), False)])
def test_log_says_whether_all_accounts_are_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], masks: tuple[str, ...], is_complete: bool
) -> None:
    old = shown_by("snaptrade", "old", *masks)
    Store(monkeypatch, A, old)
    with capture_output(capsys) as output:
        record(fetched(A), row("plaid", "a", 2), row("snaptrade", "old", 1))
        [line] = output.lines_with_message("connection repeats another one")
    assert (line["provider"], line["complete"]) == ("plaid", is_complete)


def test_what_the_store_refuses_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Store(monkeypatch, A, B, accepts=False)
    with capture_output(capsys) as output:
        record(fetched(A), row("plaid", "a", 2), row("plaid", "b", 1))
        assert output.lines == []


def test_hint_that_cannot_be_stored_leaves_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> StoredSnapshots:
        raise StoreUnavailable

    monkeypatch.setattr(snapshots, "read_snapshots", fail)
    with capture_output(capsys) as output:
        record(fetched(A), row("plaid", "a", 2))
        assert output.lines_with_message("duplicates not recorded")
