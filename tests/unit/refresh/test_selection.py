"""Which sources a refresh fetches: those that may have something new, and all if none may."""

from dataclasses import replace

import pytest

from tests.support.fakes.portfolios import snapshot
from tidings.errors import NotOffered, ProviderError
from tidings.holdings import Snapshot
from tidings.model import Source
from tidings.refresh.selection import Selection

STALE_AFTER_MS = 24 * 3_600_000
STORED = snapshot("plaid", "a")
NOW = STORED.fetch_began_at + 1000
FETCHED = Source("plaid", "a", "a", link_id="link")
PENDING = FETCHED._replace(generation=1)
NOTHING_THERE = FETCHED._replace(last_error=NotOffered.slug)
WILDCARD = Source("snaptrade", "*", "user", link_id="link")


@pytest.fixture(autouse=True)
def _day_until_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STALE_AFTER_HOURS", "24")


def choose(
    *rows: Source,
    wildcards: tuple[Source, ...] = (),
    stored: tuple[Snapshot, ...] = (STORED, replace(STORED, source_id="b")),
    everything: bool = False,
    now: int = NOW,
) -> list[str]:
    by_source = {(one.provider, one.source_id): one for one in stored}
    return [row.source_id for row in Selection(by_source, everything, now).choose(rows, wildcards)]


@pytest.mark.parametrize(
    "needy",
    [
        PENDING,
        FETCHED._replace(check_due=NOW),
        FETCHED._replace(last_error=ProviderError.slug),
        FETCHED._replace(link_id="new"),
        FETCHED._replace(source_id="not-fetched-yet"),
        FETCHED._replace(provider="snaptrade"),
    ],
)
def test_only_source_that_needs_fetch_is_chosen(needy: Source) -> None:
    other = FETCHED._replace(source_id="b")
    for rows in ((needy, other), (other, needy)):
        assert choose(*rows) == [needy.source_id]


def test_stale_snapshot_is_fetched_again() -> None:
    other = FETCHED._replace(source_id="b")
    newer = replace(STORED, source_id="b", fetch_began_at=STORED.fetch_began_at + 1)
    begun = STORED.fetch_began_at
    assert choose(FETCHED, other, stored=(STORED, newer), now=begun + STALE_AFTER_MS) == ["a", "b"]
    assert choose(FETCHED, other, stored=(STORED, newer), now=begun + STALE_AFTER_MS + 1) == ["a"]


def test_all_are_chosen_if_none_needs_fetch() -> None:
    assert choose(FETCHED, FETCHED._replace(source_id="b")) == ["a", "b"]


@pytest.mark.parametrize("wildcard", [WILDCARD._replace(generation=1), WILDCARD._replace(check_due=NOW)])
def test_update_of_every_source_fetches_all(wildcard: Source) -> None:
    rows = (PENDING, FETCHED._replace(source_id="b"), NOTHING_THERE._replace(source_id="c"))
    for wildcards in ((wildcard, WILDCARD), (WILDCARD, wildcard)):
        assert choose(*rows, wildcards=wildcards) == ["a", "b", "c"]
    assert choose(*rows, wildcards=(WILDCARD,)) == ["a"]
    assert choose(*rows, everything=True) == ["a", "b", "c"]


def test_source_without_investments_is_fetched_only_for_update() -> None:
    assert choose(NOTHING_THERE) == []
    assert choose(NOTHING_THERE, FETCHED._replace(source_id="b")) == ["b"]
    assert choose(NOTHING_THERE._replace(generation=1), FETCHED._replace(source_id="b")) == ["a"]
    assert choose(NOTHING_THERE._replace(check_due=NOW), FETCHED._replace(source_id="b")) == ["a"]
    assert choose(NOTHING_THERE, everything=True) == ["a"]
