"""The outcome of a provider with several sources, and the error of a refresh in which all failed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.fakes.portfolios import snapshot
from tidings import clock
from tidings.errors import (
    ConnectionEnded,
    CoolingDown,
    NotConfigured,
    NotOffered,
    ProviderError,
    ProviderLimit,
    ProviderNotReady,
    ReconnectRequired,
    TidingsError,
)
from tidings.holdings import Snapshot
from tidings.model import Source
from tidings.refresh.results import (
    FetchResult,
    ProviderRefresh,
    provider_error,
    provider_outcome,
    shared_error,
)
from tidings.store.user_state import UserState

OUTAGE = ProviderError()
LIMIT = ProviderLimit(retry_after_s=90)
RECONNECT = ReconnectRequired("login")
ENDED = ConnectionEnded("gone")
NOTHING = NotOffered("no_investment_accounts")
WAITING = CoolingDown(retry_after_s=5)
FETCHED = snapshot("plaid", "fetched")


def results_of(*errors: TidingsError | None) -> list[FetchResult]:
    return [FetchResult(f"source{number}", error=error) for number, error in enumerate(errors)]


def linked(*source_ids: str) -> UserState:
    return state_of(*(Source("plaid", source_id, source_id, link_id="link") for source_id in source_ids))


def state_of(*rows: Source) -> UserState:
    return UserState(rows, retry_at={})


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        (RECONNECT, LIMIT),
        (RECONNECT, OUTAGE),
        (LIMIT, OUTAGE),
        (LIMIT, NOTHING),
        (OUTAGE, NOTHING),
        (OUTAGE, ENDED),
        (OUTAGE, WAITING),
    ],
)
def test_strongest_error_of_several_sources_wins_in_any_order(stronger: TidingsError, weaker: TidingsError) -> None:
    assert provider_error(results_of(stronger, weaker)) is stronger
    assert provider_error(results_of(weaker, stronger)) is stronger


def test_first_error_of_a_kind_wins() -> None:
    assert shared_error(refreshes(OUTAGE, ProviderError())) is OUTAGE
    assert provider_error(results_of(OUTAGE, ProviderNotReady())) is OUTAGE


@pytest.mark.parametrize("failed", [OUTAGE, LIMIT, RECONNECT, NOTHING])
def test_one_fetched_source_makes_no_provider_error(failed: TidingsError) -> None:
    assert provider_error(results_of(failed, None)) is None
    assert provider_error(results_of(None, failed)) is None
    assert provider_error(results_of(None, failed, ENDED)) is None


def test_ended_source_decides_only_alone() -> None:
    assert provider_error(results_of(ENDED)) is ENDED
    assert provider_error(results_of(ENDED, NOTHING)) is NOTHING
    assert provider_error([]) is None


def refreshes(*errors: TidingsError | None) -> list[ProviderRefresh]:
    return [ProviderRefresh("plaid", error=error) for error in errors]


@pytest.mark.parametrize(("one", "other"), [(90, 30), (30, 90)])
def test_refused_refresh_names_shortest_wait_of_providers(one: int, other: int) -> None:
    error = shared_error(refreshes(CoolingDown(retry_after_s=one), CoolingDown(retry_after_s=other)))
    assert error is not None
    assert error.retry_after_s == 30


def test_refused_refresh_ignores_missing_wait() -> None:
    error = shared_error(refreshes(ProviderLimit(), ProviderLimit(retry_after_s=90)))
    assert error is not None
    assert error.retry_after_s == 90
    assert shared_error(refreshes(OUTAGE, OUTAGE)) is OUTAGE
    assert OUTAGE.retry_after_s is None


@pytest.mark.parametrize("other", [None, NOTHING, RECONNECT])
def test_refresh_that_failed_differently_raises_nothing(other: TidingsError | None) -> None:
    assert shared_error(refreshes(OUTAGE, other)) is None
    assert shared_error(refreshes(other, OUTAGE)) is None


def test_provider_without_connection_or_key_is_no_failure_of_its_own() -> None:
    unlinked = ProviderRefresh("snaptrade", error=RECONNECT, is_unlinked=True)
    unconfigured = ProviderRefresh("snaptrade", error=NotConfigured())
    for absent in (unlinked, unconfigured):
        assert shared_error([*refreshes(OUTAGE), absent]) is OUTAGE
        assert shared_error([*refreshes(None), absent]) is None
        assert shared_error([absent]) is absent.error


def outcome_of(
    *results: FetchResult, shown: Sequence[Snapshot] = (FETCHED,), error: TidingsError | None = None
) -> dict[str, object]:
    refresh = ProviderRefresh("plaid", error=error, results={one.source_id: one for one in results})
    names = dict.fromkeys(["fetched", "failed", *(one.source_id for one in results)])
    return dict(provider_outcome(refresh, shown, linked(*names)))


@pytest.mark.parametrize("order", [1, -1])
def test_outcome_names_failure_of_one_of_two_sources(order: int) -> None:
    both = [FetchResult("fetched", FETCHED), FetchResult("failed", error=OUTAGE)]
    outcome = outcome_of(*both[::order])
    assert (outcome["status"], outcome["error"]) == ("fresh", "provider-outage")
    sources = outcome["sources"]
    assert isinstance(sources, dict)
    assert {name: (one["status"], one["error"]) for name, one in sources.items()} == {
        "fetched": ("fresh", None),
        "failed": ("failed", "provider-outage"),
    }


def test_outcome_names_providers_own_error_before_a_sources() -> None:
    outcome = outcome_of(FetchResult("failed", error=OUTAGE), error=LIMIT)
    assert (outcome["status"], outcome["error"], outcome["retry_after"]) == ("cooling_down", "provider-limit", 90)


def test_outcome_without_failure_has_no_error() -> None:
    outcome = outcome_of(FetchResult("fetched", FETCHED))
    assert (outcome["error"], outcome["retry_after"]) == (None, None)


def test_outcome_dates_from_oldest_shown_source() -> None:
    older = replace(FETCHED, source_id="failed", fetch_began_at=FETCHED.fetch_began_at - 5000)
    for shown in ([FETCHED, older], [older, FETCHED]):
        assert outcome_of(FetchResult("fetched", FETCHED), shown=shown)["as_of"] == clock.iso(older.fetch_began_at)


def test_snapshots_of_other_provider_do_not_date_outcome() -> None:
    other = replace(FETCHED, provider="snaptrade", fetch_began_at=1)
    outcome = outcome_of(FetchResult("fetched", FETCHED), shown=[FETCHED, other])
    assert outcome["as_of"] == clock.iso(FETCHED.fetch_began_at)


SAME = FetchResult("same", FETCHED, before=FETCHED)
OTHER = FetchResult("other", FETCHED, before=replace(FETCHED, digest="other"))


@pytest.mark.parametrize(
    ("results", "changed"),
    [
        ([SAME], False),
        ([OTHER], True),
        ([SAME, OTHER], True),
        ([SAME, FetchResult("new", FETCHED)], True),
        ([SAME, FetchResult("failed", error=OUTAGE)], False),
        ([], None),
    ],
)
def test_outcome_is_changed_if_any_source_is(results: list[FetchResult], changed: bool | None) -> None:
    assert outcome_of(*results)["changed"] is changed


def test_waiting_provider_says_that_one_of_its_sources_needs_the_user() -> None:
    waiting = ProviderRefresh("plaid", error=CoolingDown(retry_after_s=50))
    healthy = Source("plaid", "healthy", "healthy", link_id="link")
    broken = Source("plaid", "broken", "broken", link_id="link", status="reconnect_required")
    for rows in ((healthy, broken), (broken, healthy)):
        assert provider_outcome(waiting, [], state_of(*rows))["status"] == "reconnect_required"
    assert provider_outcome(waiting, [], state_of(healthy))["status"] == "cooling_down"
    limited = outcome_of(FetchResult("fetched", error=LIMIT), FetchResult("failed", error=RECONNECT), error=LIMIT)
    assert limited["status"] == "reconnect_required"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, "fresh"),
        (CoolingDown(), "cooling_down"),
        (LIMIT, "cooling_down"),
        (RECONNECT, "reconnect_required"),
        (NotConfigured(), "not_configured"),
        (OUTAGE, "failed"),
    ],
)
def test_error_decides_status(error: TidingsError | None, status: str) -> None:
    assert outcome_of(FetchResult("fetched", FETCHED), error=error)["status"] == status


def test_provider_without_sources_is_not_connected() -> None:
    assert provider_outcome(ProviderRefresh("plaid"), [], state_of())["status"] == "not_connected"
    unlinked = ProviderRefresh("plaid", error=NotConfigured(), is_unlinked=True)
    assert provider_outcome(unlinked, [], linked("fetched"))["status"] == "not_connected"
    assert provider_outcome(ProviderRefresh("plaid", error=OUTAGE), [], state_of())["status"] == "failed"


def test_source_that_was_not_fetched_is_stored() -> None:
    outcome = outcome_of(FetchResult("fetched", FETCHED))
    sources = outcome["sources"]
    assert isinstance(sources, dict)
    assert sources["failed"]["status"] == "stored"


def test_source_names_its_own_wait() -> None:
    outcome = outcome_of(FetchResult("fetched", error=LIMIT), FetchResult("failed", error=OUTAGE))
    sources = outcome["sources"]
    assert isinstance(sources, dict)
    assert [sources[name]["retry_after"] for name in ("fetched", "failed")] == [90, None]


def test_provider_that_failed_otherwise_does_not_ask_for_its_user() -> None:
    outage = outcome_of(FetchResult("fetched", error=RECONNECT), FetchResult("failed", error=OUTAGE), error=OUTAGE)
    assert outage["status"] == "failed"
