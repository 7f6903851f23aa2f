"""Which providers a refresh may call, and why not the others, with several sources in both orders."""

from collections.abc import Collection, Sequence
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tidings import clock
from tidings.aws import secrets
from tidings.errors import ConnectionEnded, ItemGone, NotConfigured, ReconnectRequired
from tidings.model import EVERY_SOURCE, ItemKey, ProviderName, Source
from tidings.refresh import admission
from tidings.refresh.results import FirstFetch, ProviderRefresh
from tidings.store import cooldowns, expected_connections, first_fetches, items, user_state
from tidings.store.cooldowns import Cooldown, CooldownRuns, RunningCooldown
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState

NOW = 1_771_500_000_000
PLAID_APP = {"client_id": "c", "secret": "s"}
RUNNING = RunningCooldown("ann", "plaid", "theirs", retry_at=NOW + 30_000, acquired_at=NOW - 30_000)
NEW: dict[str, Any] = {"linked_at": NOW - 10_000}


class Store:
    """Holds a user's rows and credentials. `runs`: whether another refresh's cooldown runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: Sequence[Source] = ()
        self.without_credential: Collection[str] = ()
        self.runs = False
        self.app: dict[str, str] = PLAID_APP
        self.refused: Collection[str] = ()
        self.credential_reads: list[list[ItemKey]] = []
        self.acquired: list[tuple[Any, ...]] = []
        self.lost: list[str] = []
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        monkeypatch.setattr(secrets, "app_secret", lambda _: self.app)
        monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState(tuple(self.rows), retry_at={}))
        monkeypatch.setattr(items, "encrypted_credentials", self._encrypted)
        monkeypatch.setattr(cooldowns, "acquire", self._acquire)
        monkeypatch.setattr(first_fetches, "acquire", self._accept)
        monkeypatch.setattr(expected_connections, "acquire_listing", self._accept)
        monkeypatch.setattr(
            admission, "record_lost_credential", lambda _, rows: self.lost.extend(row.source_id for row in rows)
        )

    def _encrypted(self, wanted: list[ItemKey]) -> dict[ItemKey, bytes]:
        self.credential_reads.append(wanted)
        return {one: b"" for one in wanted if one.item_id not in self.without_credential}

    def _acquire(
        self, user_id: str, provider: ProviderName, now: int, length_ms: int, *, paid_refresh: bool = False
    ) -> Cooldown:
        if self.runs:
            raise CooldownRuns(RUNNING._replace(provider=provider))
        self.acquired.append((user_id, provider, now, length_ms, paid_refresh))
        return Cooldown(user_id, provider, "ours")

    def _accept(self, key: SourceKey, *_: object) -> bool:
        return key.source_id not in self.refused

    def admit(self, *rows: Source, paid_refresh: bool = False) -> ProviderRefresh:
        self.rows = rows
        [refresh] = admission.admit("ann", ["plaid"], paid_refresh=paid_refresh).refreshes
        return refresh

    def first_fetch(self, *rows: Source) -> FirstFetch | None:
        """Admit a refresh within another one's cooldown."""
        self.runs = True
        return self.admit(*rows).first_fetch


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    return Store(monkeypatch)


def row(source_id: str, *, provider: ProviderName = "plaid", **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source(provider, source_id, f"{source_id}-item", "link", **values)


def ended(source_id: str, reason: str | None = "gone") -> Source:
    return row(source_id, status="revoked", status_reason=reason)


def broken(source_id: str, reason: str | None = "login") -> Source:
    return row(source_id, status="reconnect_required", status_reason=reason)


@pytest.mark.parametrize("paid_refresh", [False, True])
def test_cooldown_is_acquired_for_its_whole_length(store: Store, paid_refresh: bool) -> None:
    refresh = store.admit(row("a"), paid_refresh=paid_refresh)
    assert (refresh.cooldown, refresh.error) == (Cooldown("ann", "plaid", "ours"), None)
    assert store.acquired == [("ann", "plaid", NOW, 60_000, paid_refresh)]


def test_refresh_is_no_paid_one_unless_it_says_so(store: Store) -> None:
    store.rows = [row("a")]
    admission.admit("ann", ["plaid"])
    assert store.acquired == [("ann", "plaid", NOW, 60_000, False)]


def test_credentials_are_read_of_wanted_providers_alone(store: Store) -> None:
    store.admit(row("a"), row("b", provider="snaptrade"))
    assert store.credential_reads == [[ItemKey("plaid", "a-item")]]


def test_no_credential_is_read_without_a_source(store: Store) -> None:
    refresh = store.admit(row("b", provider="snaptrade"))
    assert (store.credential_reads, refresh.is_unlinked, store.acquired) == ([], True, [])


def test_provider_without_keys_is_not_configured(store: Store) -> None:
    store.app = {}
    refresh = store.admit(row("a"))
    assert isinstance(refresh.error, NotConfigured)
    assert (refresh.is_unlinked, store.acquired) == (False, [])


@pytest.mark.parametrize(("paid_refresh", "is_unlinked"), [(True, True), (False, False)])
def test_paid_refresh_needs_a_listed_source(store: Store, paid_refresh: bool, is_unlinked: bool) -> None:
    refresh = store.admit(row(EVERY_SOURCE), paid_refresh=paid_refresh)
    assert (refresh.is_unlinked, refresh.cooldown is None) == (is_unlinked, is_unlinked)


@pytest.mark.parametrize("order", [1, -1])
def test_provider_has_ended_if_all_its_sources_have(store: Store, order: int) -> None:
    refresh = store.admit(*[ended("a", "first"), ended("b", "second")][::order])
    assert isinstance(refresh.error, ConnectionEnded)
    assert refresh.error.reason == ("first" if order == 1 else "second")
    assert store.admit(*[ended("a"), row("b")][::order]).cooldown


def test_paid_refresh_of_ended_sources_beside_a_live_item_has_ended(store: Store) -> None:
    rows = [row(EVERY_SOURCE), ended("a")]
    assert isinstance(store.admit(*rows, paid_refresh=True).error, ConnectionEnded)
    assert store.acquired == []
    assert store.admit(*rows).cooldown


def test_lost_credential_of_paid_refresh_is_the_status_of_the_item_too(store: Store) -> None:
    store.without_credential = ["a-item", f"{EVERY_SOURCE}-item"]
    store.admit(row(EVERY_SOURCE), row("a"), paid_refresh=True)
    assert store.lost == [EVERY_SOURCE, "a"]


def test_end_without_a_reason_is_gone(store: Store) -> None:
    error = store.admit(ended("a", None)).error
    assert isinstance(error, ConnectionEnded)
    assert error.reason == ItemGone.slug


@pytest.mark.parametrize("order", [1, -1])
def test_provider_needs_reconnect_if_every_credential_is_lost(store: Store, order: int) -> None:
    rows = [row("a"), row("b")][::order]
    store.without_credential = ["a-item"]
    assert store.admit(*rows).cooldown
    assert store.lost == []
    store.without_credential = ["a-item", "b-item"]
    refresh = store.admit(*rows)
    assert isinstance(refresh.error, ReconnectRequired)
    assert (refresh.error.reason, refresh.cooldown) == ("credential_lost", None)
    assert store.lost == [one.source_id for one in rows]


def test_running_cooldown_is_the_error_and_counted(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.runs = True
    with capture_output(capsys) as output:
        refresh = store.admit(row("a"))
        assert output.metric_sum("CoolingDown", provider="plaid") == 1
    assert isinstance(refresh.error, CooldownRuns)
    assert (refresh.cooldown, refresh.first_fetch, refresh.error.retry_after_s) == (None, None, 30)


@pytest.mark.parametrize("order", [1, -1])
def test_waiting_helps_no_provider_whose_every_source_needs_its_user(store: Store, order: int) -> None:
    store.runs = True
    error = store.admit(*[broken("a", "first"), broken("b", "second"), ended("c")][::order]).error
    assert isinstance(error, ReconnectRequired)
    assert error.reason == ("first" if order == 1 else "second")
    assert isinstance(store.admit(*[broken("a"), row("b")][::order]).error, CooldownRuns)
    assert isinstance(store.admit(row(EVERY_SOURCE), ended("c")).error, CooldownRuns)
    error = store.admit(broken("a", None)).error
    assert isinstance(error, ReconnectRequired)
    assert error.reason == "unknown"


@pytest.mark.parametrize("order", [1, -1])
def test_source_linked_since_is_fetched_within_cooldown(
    store: Store, capsys: pytest.CaptureFixture[str], order: int
) -> None:
    old = row("old", linked_at=NOW - 40_000)
    with capture_output(capsys) as output:
        found = store.first_fetch(*[old, row("new", **NEW)][::order])
        assert output.metric_sum("CoolingDown") == 0
    assert found
    assert (found.running, found.fetcher.partition("/")[0], found.expecting) == (RUNNING, "theirs", ())


@pytest.mark.parametrize(
    "new",
    [
        row(EVERY_SOURCE, **NEW),
        row("new", status="revoked", **NEW),
        row("new", linked_at=NOW - 30_000),
        row("new", first_fetch_by="theirs", **NEW),
    ],
)
def test_other_sources_wait_for_the_cooldown(store: Store, new: Source) -> None:
    assert store.first_fetch(row("old"), new) is None


def test_source_whose_credential_is_lost_has_no_first_fetch(store: Store) -> None:
    store.without_credential = ["new-item"]
    assert store.first_fetch(row("old"), row("new", **NEW)) is None


def test_paid_refresh_makes_no_first_fetch(store: Store) -> None:
    store.runs = True
    assert store.admit(row("new", **NEW), paid_refresh=True).first_fetch is None


def test_first_fetch_lost_to_another_refresh_waits(store: Store) -> None:
    store.refused = ["new"]
    expected = row(EVERY_SOURCE, connect_expected_until=NOW + 5)
    assert store.first_fetch(row("new", **NEW), expected) is None


def acquired(*rows: Source) -> list[Source]:
    return admission.acquire_first_fetches("ann", rows, FirstFetch(RUNNING, "fetcher"))


def test_three_first_fetches_are_acquired_at_once(store: Store) -> None:
    store.refused = ["b"]
    rows = [row("old"), *(row(name, **NEW) for name in "abcde")]
    assert acquired(*rows) == [row(name, first_fetch_by="fetcher", **NEW) for name in "ac"]
    store.refused = []
    assert [one.source_id for one in acquired(*rows)] == ["a", "b", "c"]


@pytest.mark.parametrize("order", [1, -1])
def test_expected_connection_is_listed_within_cooldown(store: Store, order: int) -> None:
    expected = row(EVERY_SOURCE, connect_expected_until=NOW + 1)
    found = store.first_fetch(*[expected, row("old")][::order])
    assert found
    assert found.expecting == (expected,)
    store.refused = [EVERY_SOURCE]
    assert store.first_fetch(*[expected, row("old")][::order]) is None
