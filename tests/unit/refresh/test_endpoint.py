"""What a refresh of one provider or of both fetches, cleans up and answers."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.support.fakes.portfolios import holding, snapshot
from tests.unit.refresh.endpoint_world import OUTAGE, RUNNING, World, failed, new, outcomes
from tidings.errors import (
    CoolingDown,
    ProviderError,
)
from tidings.holdings import Snapshot
from tidings.model import ProviderName, Source
from tidings.refresh import endpoint
from tidings.refresh.results import FetchResult, FirstFetch, ProviderRefresh
from tidings.store.snapshot_keys import parts_of_snapshot


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize(
    ("provider", "body", "wanted"),
    [
        ("snaptrade", {"providers": ["plaid"]}, ["snaptrade"]),
        (None, {}, ["plaid", "snaptrade"]),
        (None, {"providers": ["snaptrade"]}, ["snaptrade"]),
    ],
)
def test_route_names_the_provider_before_the_body(
    world: World, provider: ProviderName | None, body: dict[str, object], wanted: list[ProviderName]
) -> None:
    for name in wanted:
        world.end(name, new("a", name))
    world.refresh(provider, **body)
    assert world.wanted == wanted


def test_paid_refresh_fetches_nothing(world: World) -> None:
    assert world.refresh(paid=True) == ("paid", "ann", ["plaid"])
    assert world.wanted == []


@pytest.mark.parametrize("everything", [True, False])
def test_fetch_has_what_was_read_and_its_deadlines(world: World, everything: bool) -> None:
    world.end("plaid", new("a"))
    world.rows.append(Source("snaptrade", "b", "item", "link"))
    world.stored = [snapshot("plaid", "a"), snapshot("snaptrade", "b")]
    world.refresh(all=everything)
    [built] = world.built
    stored = {(one.provider, one.source_id): one for one in world.stored}
    assert built == {
        "provider": "plaid",
        "rows": (world.rows[0],),
        "stored": stored,
        "everything": everything,
        "deadline": 122.0,
        "fetcher": "own-plaid",
        "known": stored,
    }
    assert (world.limits, world.checked) == ([8.0, 24.5], ["plaid"])
    assert endpoint.TIME_LIMIT_S == 29.0 - 2.0  # two seconds before the function is killed


def test_shared_error_of_both_has_their_outcomes(world: World) -> None:
    world.end("plaid", OUTAGE)
    world.end("snaptrade", ProviderError())
    with pytest.raises(ProviderError) as refused:
        world.refresh(None)
    assert set(refused.value.outcomes or ()) == {"plaid", "snaptrade"}
    assert (world.cleaned, world.compared) == ([], [])
    refused.value.outcomes = None
    with pytest.raises(ProviderError) as refused:
        world.refresh("plaid")
    assert refused.value.outcomes is None


def test_replaced_and_orphaned_parts_are_deleted(world: World) -> None:
    old, kept = replace(snapshot("plaid", "a"), fetch_id="old"), replace(snapshot("plaid", "b"), fetch_id="kept")
    world.stored, world.orphaned = [old, kept, snapshot("snaptrade", "a")], ("orphan",)
    world.end("plaid", new("a", before=old), failed("b", OUTAGE), new("c"))
    world.refresh()
    assert world.cleaned == [["orphan", *parts_of_snapshot(old)]]
    assert world.compared == [["plaid"]]


def test_refused_provider_is_neither_fetched_nor_cleaned(world: World) -> None:
    world.end("snaptrade", new("c", "snaptrade"))
    world.refreshes["plaid"] = ProviderRefresh("plaid", error=CoolingDown(retry_after_s=7))
    found = outcomes(world.refresh(None))
    assert [one["provider"] for one in world.built] == ["snaptrade"]
    assert (world.compared, found["plaid"]["retry_after"]) == ([["snaptrade"]], 7)


def test_nothing_is_cleaned_if_nothing_was_admitted(world: World) -> None:
    world.refreshes["plaid"] = ProviderRefresh("plaid", is_unlinked=True)
    assert outcomes(world.refresh())["plaid"]["status"] == "not_connected"
    assert (world.cleaned, world.compared) == ([], [])


@pytest.mark.parametrize("first_fetched", [True, False])
def test_first_fetch_within_cooldown_settles_nothing(
    world: World, capsys: pytest.CaptureFixture[str], first_fetched: bool
) -> None:
    first = FirstFetch(RUNNING, "theirs/1")
    world.refreshes["plaid"] = ProviderRefresh("plaid", first_fetch=first, error=CoolingDown(retry_after_s=7))
    world.end("snaptrade", new("c", "snaptrade"))
    world.first_fetched = first_fetched
    with capture_output(capsys) as output:
        world.refresh(None)
        assert output.metric_sum("CoolingDown", provider="plaid") == (0 if first_fetched else 1)
        assert output.metric_sum("Refreshed", provider="plaid") == (1 if first_fetched else 0)
    assert sorted(one["fetcher"] for one in world.built) == ["own-snaptrade", "theirs/1"]
    assert sorted(world.checked) == (["plaid", "snaptrade"] if first_fetched else ["snaptrade"])
    assert world.released == []


def shown(answered: Any) -> list[str]:  # noqa: ANN401 - a response
    assert answered["statusCode"] == 200
    rows = json.loads(answered["body"])["holdings"]["portfolio_data"]["holdings"]
    return sorted(row["ticker"] for row in rows)


def holds(one: Snapshot, ticker: str) -> Snapshot:
    return replace(one, holdings=(replace(holding(ticker), provider=one.provider, source_id=one.source_id),))


@pytest.mark.parametrize(("provider", "expected"), [("plaid", ["KEPT", "NEW"]), (None, ["KEPT", "NEW", "OTHER"])])
def test_answer_shows_new_snapshots_beside_stored_ones(
    world: World, provider: ProviderName | None, expected: list[str]
) -> None:
    old, kept = holds(snapshot("plaid", "a"), "OLD"), holds(snapshot("plaid", "b"), "KEPT")
    world.stored = [old, kept, holds(snapshot("snaptrade", "a"), "OTHER")]
    fetched = new("a", before=old)
    assert fetched.snapshot
    world.end("plaid", fetched._replace(snapshot=holds(fetched.snapshot, "NEW")), failed("b", OUTAGE))
    world.rows.append(Source("snaptrade", "a", "item", "link"))
    assert shown(world.refresh(provider)) == expected
    assert world.reads == [None]


@pytest.mark.parametrize("order", [1, -1])
def test_snapshots_are_read_again_if_another_refresh_won(world: World, order: int) -> None:
    world.end("plaid", *[FetchResult("a"), new("b")][::order])
    world.refresh()
    assert world.reads == [None, "plaid"]


def test_combined_answer_tells_of_providers_that_were_not_wanted(world: World) -> None:
    world.end("plaid", new("a"))
    assert set(outcomes(world.refresh(None, providers=["plaid"]))) == {"plaid", "snaptrade"}
    assert set(outcomes(world.refresh("plaid"))) == {"plaid"}


def fetched(
    source_id: str, ticker: str, provider: ProviderName = "plaid", before: Snapshot | None = None
) -> FetchResult:
    result = new(source_id, provider, before)
    assert result.snapshot
    return result._replace(snapshot=holds(result.snapshot, ticker))


def test_every_fetched_source_is_shown(world: World) -> None:
    world.end("plaid", fetched("a", "A"), fetched("b", "B"))
    world.end("snaptrade", fetched("a", "C", "snaptrade"))
    assert shown(world.refresh(None)) == ["A", "B", "C"]


def test_answer_counts_the_changes_of_fetched_sources(world: World) -> None:
    before = holds(snapshot("plaid", "a"), "OLD")
    world.end("plaid", fetched("a", "NEW", before=before), failed("b", OUTAGE)._replace(before=before))
    changes = json.loads(world.refresh()["body"])["holdings"]["portfolio_metadata"]["changes"]
    assert (changes["added"], changes["removed"]) == (1, 1)
