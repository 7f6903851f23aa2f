"""First fetches within another refresh's cooldown: what each source's result means for the cooldown and the outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.fakes.portfolios import snapshot
from tidings import clock, providers
from tidings.errors import ItemGone, ProviderError, ProviderLimit, RateLimitExceeded, TidingsError
from tidings.model import EVERY_SOURCE, Source
from tidings.refresh import admission, first_fetch
from tidings.refresh.provider_fetch import ProviderFetch
from tidings.refresh.results import FetchResult, FirstFetch, ProviderRefresh
from tidings.store import cooldowns, user_state
from tidings.store.cooldowns import CooldownRuns, RunningCooldown
from tidings.store.user_state import UserState

NOW = 1_771_500_000_000
RUNNING = RunningCooldown("ann", "plaid", "cooldown", retry_at=NOW + 30_000, acquired_at=NOW - 30_000)
OUTAGE = ProviderError()
FETCHED = FetchResult("new", snapshot("plaid", "new"))


@dataclass
class Fetch:
    """A fetch of first sources that ends in this way. `rows`: all sources of the provider."""

    rows: Sequence[Source]
    ends: Sequence[FetchResult] | TidingsError
    credentials = SimpleNamespace(user_id="ann", provider="plaid")

    def fetch_first(self) -> list[FetchResult]:
        if isinstance(self.ends, TidingsError):
            raise self.ends
        return [*self.ends]


@dataclass
class Ended:
    """The result. `extended`: until when the provider demanded to wait, in seconds from now.

    `reads`: how often the update state was read.
    """

    refresh: ProviderRefresh
    has_fetched: bool
    extended: list[float]
    reads: int


def source(source_id: str, **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source("plaid", source_id, source_id, "link", **values)


def run(
    monkeypatch: pytest.MonkeyPatch,
    ends: Sequence[FetchResult] | TidingsError,
    *,
    rows: Sequence[Source] = (),
    still_linked: Sequence[str] = ("new", "other"),
) -> Ended:
    extended: list[float] = []
    reads: list[str] = []
    state = UserState(tuple(source(one) for one in still_linked), retry_at={})

    def read(user_id: str) -> UserState:
        reads.append(user_id)
        return state

    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    monkeypatch.setattr(cooldowns, "extend", lambda _, until: extended.append((until - NOW) / 1000))
    monkeypatch.setattr(user_state, "read_user_state", read)
    refresh = ProviderRefresh("plaid", error=CooldownRuns(RUNNING))
    fetch = cast(ProviderFetch, Fetch(rows, ends))
    has_fetched = first_fetch.run(refresh, FirstFetch(RUNNING, "fetcher"), fetch)
    return Ended(refresh, has_fetched, extended, len(reads))


def failed(source_id: str, error: TidingsError) -> FetchResult:
    return FetchResult(source_id, error=error)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("wait_s", "other", "expected"),
    [
        (150, ProviderLimit(retry_after_s=90), 150),
        (None, ProviderLimit(retry_after_s=45), 60),
        (None, ProviderLimit(retry_after_s=75), 75),
        (150, RateLimitExceeded(retry_after_s=200), 150),
        (150, OUTAGE, 150),
        (150, None, 150),
    ],
)
def test_longest_wait_that_provider_demands_extends_cooldown(
    monkeypatch: pytest.MonkeyPatch, order: int, wait_s: int | None, other: TidingsError | None, expected: int
) -> None:
    results = [failed("new", ProviderLimit(retry_after_s=wait_s)), FetchResult("other", error=other)]
    assert run(monkeypatch, results[::order]).extended == [expected]


@pytest.mark.parametrize("ends", [[failed("new", OUTAGE)], [FETCHED], RateLimitExceeded(retry_after_s=9), OUTAGE])
def test_cooldown_stays_as_it_is_without_demanded_wait(
    monkeypatch: pytest.MonkeyPatch, ends: list[FetchResult] | TidingsError
) -> None:
    assert run(monkeypatch, ends).extended == []


def test_failure_of_all_at_once_is_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = ProviderLimit(retry_after_s=150)
    ended = run(monkeypatch, limit, rows=[source("waiting")])
    assert (ended.has_fetched, ended.refresh.error, ended.extended) == (True, limit, [150])
    assert list(ended.refresh.results) == ["waiting"]


def test_cooldown_stays_the_outcome_if_nothing_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = run(monkeypatch, [], rows=[source("waiting")])
    assert (ended.has_fetched, ended.refresh.results) == (False, {})
    assert isinstance(ended.refresh.error, CooldownRuns)


@pytest.mark.parametrize("order", [1, -1])
def test_source_unlinked_during_its_fetch_is_gone_beside_fetched_one(
    monkeypatch: pytest.MonkeyPatch, order: int
) -> None:
    results = [FETCHED, failed("unlinked", OUTAGE), failed("other", OUTAGE)]
    found = run(monkeypatch, results[::order]).refresh.results
    assert isinstance(found["unlinked"].error, ItemGone)
    assert (found["other"].error, found["new"].error) == (OUTAGE, None)


def test_unlinked_source_is_gone_if_all_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = run(monkeypatch, [failed("unlinked", OUTAGE)])
    assert isinstance(ended.refresh.error, ItemGone)


def test_update_state_is_read_again_only_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, [FETCHED]).reads == 0
    assert run(monkeypatch, [FETCHED, failed("other", OUTAGE)]).reads == 1


@pytest.mark.parametrize("order", [1, -1])
def test_fetched_source_counts_though_unlinked_since(monkeypatch: pytest.MonkeyPatch, order: int) -> None:
    ended = run(monkeypatch, [FETCHED, failed("other", OUTAGE)][::order], still_linked=["other"])
    assert (ended.refresh.results["new"].error, ended.refresh.error) == (None, None)


def test_other_sources_cool_down_unless_their_user_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        source("waiting"),
        source("new"),
        source(EVERY_SOURCE),
        source("broken", status="reconnect_required"),
        source("ended", status="revoked"),
    ]
    found = run(monkeypatch, [FETCHED], rows=rows).refresh.results
    assert list(found) == ["new", "waiting"]
    assert (found["new"].error, found["waiting"].error and found["waiting"].error.retry_after_s) == (None, 30)


def test_expected_connections_are_listed_and_the_new_ones_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []
    found, acquired, wildcard = [source("new"), source("other")], [source("new")], source(EVERY_SOURCE)
    first = FirstFetch(RUNNING, "fetcher", expecting=(wildcard,))
    listing = SimpleNamespace(
        find_new=lambda known: found if known == {"known", EVERY_SOURCE} else [], found={"new": "as listed"}
    )

    def answer(what: str, value: Any) -> Any:  # noqa: ANN401 - what the function returns
        def call(*given: object) -> Any:  # noqa: ANN401
            calls.append((what, *given))
            return value

        return call

    fetch: Any = SimpleNamespace(
        rows=[source("known"), wildcard],
        credentials=SimpleNamespace(user_id="ann", provider="plaid"),
        deadline=7.0,
        rate_limiter=SimpleNamespace(reserve=answer("reserve", None)),
        fetch_first=answer("fetch", [FETCHED]),
    )
    reader = SimpleNamespace(expected_calls=lambda accounts: 3 + len(accounts))
    monkeypatch.setattr(providers, "holdings_reader", lambda name: {"plaid": reader}[name])
    monkeypatch.setattr(first_fetch, "Discovery", answer("list", listing))
    monkeypatch.setattr(admission, "acquire_first_fetches", answer("acquire", acquired))
    refresh = ProviderRefresh("plaid", error=CooldownRuns(RUNNING))
    assert first_fetch.run(refresh, first, fetch)
    assert calls == [
        ("reserve", 3),
        ("list", fetch.credentials, (wildcard,), 7.0),
        ("acquire", "ann", found, first),
        ("fetch", acquired, {"new": "as listed"}),
    ]
    assert refresh.results["new"] == FETCHED
