"""The progress of a paid refresh, by its state, its age and what has arrived since."""

from typing import Any

import pytest

from tidings import clock
from tidings.model import PaidRefresh, PaidRefreshState, Source
from tidings.pending.paid_refresh_status import provider_paid_refresh
from tidings.store.user_state import UserState

NOW = 1_790_000_000_000
MINUTE_MS = 60_000


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)


def source(
    source_id: str = "a",
    state: PaidRefreshState = "accepted",
    *,
    age_ms: int = 1000,
    generation: int = 3,
    **more: Any,  # noqa: ANN401 - a paid refresh's fields
) -> Source:
    """A source with a paid refresh that was requested at generation 3."""
    paid = PaidRefresh("id", NOW - age_ms, 3, state, **more)
    return Source("plaid", source_id, "item", "link", generation=generation, paid_refresh=paid)


def shown(*sources: Source) -> Any:  # noqa: ANN401 - JSON
    return provider_paid_refresh(UserState(sources, {}), "plaid")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (source(state="requested"), ("pulling", None)),
        (source(state="calling"), ("pulling", None)),
        (source(state="accepted"), ("pulling", None)),
        (source(state="accepted", generation=4), ("arrived", None)),
        (source(state="refused", reason="not_offered"), ("unavailable", "not_offered")),
        (source(state="refused", reason="not_offered", generation=4), ("unavailable", "not_offered")),
        (source(state="failed", reason="timeout"), ("failed", "timeout")),
        (source(state="failed", reason="timeout", generation=4), ("arrived", None)),
        (source(state="accepted", age_ms=10 * MINUTE_MS), ("pulling", None)),
        (source(state="accepted", age_ms=10 * MINUTE_MS + 1), ("failed", "timed_out")),
        (source(state="accepted", age_ms=60 * MINUTE_MS), ("failed", "timed_out")),
        (source(state="accepted", age_ms=60 * MINUTE_MS, generation=4), ("arrived", None)),
        (source(state="refused", reason="not_offered", age_ms=60 * MINUTE_MS + 1), ("idle", None)),
        (Source("plaid", "a", "item", "link"), ("idle", None)),
    ],
)
def test_status_follows_from_state_age_and_generation(row: Source, expected: tuple[str, str | None]) -> None:
    found = shown(row)
    assert (found["status"], found["reason"]) == expected
    assert (found["sources"]["a"]["status"], found["sources"]["a"]["reason"]) == expected


def test_request_is_shown_with_its_time() -> None:
    assert shown(source())["requested_at"] == clock.iso(NOW - 1000)
    assert shown(source())["sources"]["a"] == {
        "status": "pulling",
        "reason": None,
        "requested_at": clock.iso(NOW - 1000),
        "retry_after": None,
    }


@pytest.mark.parametrize(
    ("retry_at", "seconds"), [(None, None), (NOW, None), (NOW - 1, None), (NOW + 1, 1), (NOW + 1001, 2)]
)
def test_wait_is_shown_while_it_lasts(retry_at: int | None, seconds: int | None) -> None:
    assert shown(source(state="refused", retry_at=retry_at))["retry_after"] == seconds


def test_provider_without_sources_is_idle() -> None:
    idle: Any = {"status": "idle", "reason": None, "requested_at": None, "retry_after": None, "sources": {}}
    assert shown() == idle
    assert shown(source("*")) == idle, "a wildcard is no source"


def test_provider_without_requests_is_idle() -> None:
    found = shown(Source("plaid", "a", "item", "link"))
    assert (found["status"], found["requested_at"], found["retry_after"]) == ("idle", None, None)


@pytest.mark.parametrize(
    ("statuses", "first"),
    [
        (["idle", "unavailable", "failed", "arrived", "pulling"], "pulling"),
        (["idle", "unavailable", "failed", "arrived"], "arrived"),
        (["idle", "unavailable", "failed"], "failed"),
        (["idle", "unavailable"], "unavailable"),
    ],
)
def test_provider_has_the_status_that_matters_most(statuses: list[str], first: str) -> None:
    rows = {
        "idle": Source("plaid", "idle", "item", "link"),
        "unavailable": source("unavailable", "refused", reason="unavailable"),
        "failed": source("failed", "failed", reason="failed"),
        "arrived": source("arrived", generation=4),
        "pulling": source("pulling"),
    }
    found = shown(*(rows[status] for status in statuses))
    assert found["status"] == first
    assert found["reason"] == (first if first in {"failed", "unavailable"} else None)
    assert set(found["sources"]) == set(statuses)


def test_provider_shows_its_newest_request_and_its_shortest_wait() -> None:
    found = shown(
        source("a", "refused", age_ms=3000, retry_at=NOW + 9000),
        source("b", "refused", age_ms=1000, retry_at=NOW + 30_000),
        source("c", "refused", age_ms=2000),
    )
    assert (found["requested_at"], found["retry_after"]) == (clock.iso(NOW - 1000), 9)
