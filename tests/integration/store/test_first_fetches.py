"""Conditions of first fetches within a cooldown, and of listings for an expected connection."""

from typing import Any

import pytest

from tests.support.aws.inserted_rows import EVERY, KEY, USER, plant, plant_item, plant_source, read, row
from tests.support.aws.tables import Row, Tables
from tests.support.fakes.clock import StoppedClock
from tidings.model import Source
from tidings.store import conditional_writes, cooldowns, expected_connections, first_fetches, sources, status_checks
from tidings.store.cooldowns import RunningCooldown

ACQUIRED, LINKED, NOW = 1_000_000, 1_005_000, 1_010_000
RUNNING = RunningCooldown(USER, "snaptrade", "c", ACQUIRED + 60_000, ACQUIRED)
MARK = "c/0000"
NEW = read(linked_at=LINKED)


def plant_cooldown(tables: Tables, **changes: object) -> None:
    stood: dict[str, object] = {"claim_id": "c", "retry_at": ACQUIRED + 60_000, "acquired_at": ACQUIRED}
    planted = {name: value for name, value in {**stood, **changes}.items() if value is not None}
    plant(tables, "UpdateStateTable", user_id=USER, entry="claim#snaptrade", **planted)


def cooldown(tables: Tables) -> Row:
    return tables.cooldown("snaptrade", USER) or {}


def acquire(source: Source = NEW, mark: str = MARK, now: int = NOW) -> bool:
    return first_fetches.acquire(KEY, source, RUNNING, mark, now)


@pytest.mark.parametrize(
    ("changes", "permitted"),
    [
        ({}, True),
        ({"linked_at": ACQUIRED}, False),
        ({"linked_at": ACQUIRED + 1}, True),
        ({"linked_at": None}, False),
        ({"first_fetch_by": "c"}, False),
        ({"last_fetched_at": 5}, False),
    ],
)
def test_first_fetch_requires_newly_linked_source(changes: dict[str, object], permitted: bool) -> None:
    assert first_fetches.is_permitted(NEW._replace(**changes), RUNNING) == permitted  # type: ignore[arg-type]
    assert not first_fetches.is_permitted(NEW, RUNNING._replace(acquired_at=None))


@pytest.mark.parametrize(
    ("source", "held", "acquired"),
    [
        ({}, {}, True),
        ({"link_id": "l2"}, {}, False),
        ({"link_id": None}, {}, False),
        ({"first_fetch_at": 5, "first_fetch_by": "c"}, {}, False),
        ({}, {"claim_id": "other"}, False),
        ({}, {"acquired_at": None}, False),
        ({}, {"acquired_at": LINKED}, False),
        ({}, {"acquired_at": LINKED - 1}, True),
        ({}, {"third_first_fetch": NOW - 59_999}, False),
        ({}, {"third_first_fetch": NOW - 60_000}, True),
    ],
)
def test_first_fetch_is_acquired_under_exact_conditions(
    tables: Tables, source: dict[str, object], held: dict[str, object], acquired: bool
) -> None:
    plant_source(tables, **source)
    plant_cooldown(tables, **held)
    before = tables.contents()
    assert acquire() == acquired
    if acquired:
        assert (row(tables)["first_fetch_at"], row(tables)["first_fetch_by"]) == (NOW, MARK)
        assert cooldown(tables)["newest_first_fetch"] == NOW
    else:
        assert tables.contents() == before


def test_first_fetch_requires_cooldown(tables: Tables) -> None:
    plant_source(tables)
    assert not acquire()
    assert cooldown(tables) == {}


def test_cooldown_keeps_instants_of_last_three_first_fetches(tables: Tables) -> None:
    plant_cooldown(tables)
    for second in range(4):
        plant_source(tables)
        assert acquire(now=NOW + 60_000 * second)
    kept = cooldown(tables)
    names = ("newest_first_fetch", "second_first_fetch", "third_first_fetch")
    assert [kept[name] for name in names] == [NOW + 180_000, NOW + 120_000, NOW + 60_000]


def test_first_fetch_acquired_by_sdk_retry_is_own(tables: Tables) -> None:
    plant_source(tables)
    plant_cooldown(tables)
    assert [acquire(), acquire(), acquire(mark="c/1111")] == [True, True, False]


@pytest.mark.parametrize(
    ("stood", "source", "mark", "begun"),
    [
        ({}, {}, "h", True),
        ({"link_id": "l2"}, {}, "h", False),
        ({"link_id": None}, {}, "h", False),
        ({"first_fetch_at": 5, "first_fetch_by": "h/1"}, {}, "h", False),
        ({"first_fetch_at": 5, "first_fetch_by": "h"}, {}, "h", True),
        ({"first_fetch_at": 5, "first_fetch_by": "h/1"}, {"first_fetch_by": "h/1"}, "h", False),
        ({"first_fetch_at": 5, "first_fetch_by": "h/1"}, {"first_fetch_by": "h/1"}, "h/1", True),
        ({"first_fetch_at": 5, "first_fetch_by": "g/1"}, {"first_fetch_by": "g/1"}, "h", True),
        ({"link_id": "l2"}, {"linked_at": None}, "h", True),
    ],
)
def test_holder_marks_source_before_it_fetches(
    tables: Tables, stood: dict[str, object], source: dict[str, Any], mark: str, begun: bool
) -> None:
    plant_source(tables, **stood)
    before = row(tables)
    assert first_fetches.begin(KEY, NEW._replace(**source), mark, NOW) == begun
    if begun and not source:
        assert (row(tables)["first_fetch_at"], row(tables)["first_fetch_by"]) == (NOW, mark)
    else:
        assert row(tables) == before


def test_mark_written_by_sdk_retry_is_own(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_source(tables)
    writing = conditional_writes.write

    def twice(attempt: Any) -> Any:  # noqa: ANN401 - any write
        writing(attempt)
        return writing(attempt)

    monkeypatch.setattr(sources, "write", twice)
    assert first_fetches.begin(KEY, NEW, "h", NOW)


@pytest.mark.parametrize(
    ("stood", "given_back", "returns"),
    [
        ({}, True, 1),
        ({"first_fetch_by": "c/1111"}, False, None),
        ({"link_id": "l2"}, False, None),
        ({"first_fetch_by": "c/1111", "first_fetch_returns": 1, "first_fetch_returned_at": NOW - 1}, False, 1),
        ({"link_id": "l2", "first_fetch_returns": 1, "first_fetch_returned_at": NOW - 1}, False, 1),
        ({"first_fetch_returns": 4, "first_fetch_returned_at": NOW - 1}, True, 5),
        ({"first_fetch_returns": 5, "first_fetch_returned_at": NOW - 599_999}, False, 5),
        ({"first_fetch_returns": 5, "first_fetch_returned_at": NOW - 600_000}, True, 1),
    ],
)
def test_first_fetch_is_given_back_by_its_owner_five_times(
    tables: Tables, stood: dict[str, object], given_back: bool, returns: int | None
) -> None:
    plant_source(tables, **{"first_fetch_at": 5, "first_fetch_by": MARK, **stood})
    first_fetches.give_back(KEY, NEW, MARK, NOW)
    after = row(tables)
    assert ("first_fetch_at" in after, "first_fetch_by" in after) == (not given_back, not given_back)
    assert after.get("first_fetch_returns") == returns
    if given_back:
        assert after["first_fetch_returned_at"] == NOW


def test_first_fetch_that_was_read_as_begun_is_given_back(tables: Tables) -> None:
    plant_source(tables, first_fetch_at=5, first_fetch_by=MARK)
    first_fetches.give_back(KEY, NEW._replace(first_fetch_by=MARK), MARK, NOW)
    assert "first_fetch_by" not in row(tables)


@pytest.mark.parametrize("source", [NEW._replace(linked_at=None), NEW._replace(first_fetch_by="c/1111")])
def test_mark_of_earlier_fetch_is_not_given_back(tables: Tables, source: Source) -> None:
    plant_source(tables, first_fetch_at=5, first_fetch_by=MARK)
    before = row(tables)
    first_fetches.give_back(KEY, source, MARK, NOW)
    assert row(tables) == before


@pytest.mark.parametrize(
    ("ago_ms", "stood", "source", "recorded"),
    [
        (59_999, {}, {}, False),
        (60_000, {}, {}, True),
        (60_000, {"last_fetched_at": 9}, {}, False),
        (59_999, {"last_fetched_at": 9}, {"last_fetched_at": 9}, True),
    ],
)
def test_check_records_no_update_during_first_fetch(
    tables: Tables, now: StoppedClock, ago_ms: int, stood: dict[str, object], source: dict[str, Any], recorded: bool
) -> None:
    plant_source(tables, seen_generation=2, first_fetch_at=now.now - ago_ms, **stood)
    assert status_checks.record_missed_update(KEY, read(seen_generation=2, **source), 100) == recorded


@pytest.mark.parametrize(
    ("wildcard", "held", "acquired"),
    [
        ({}, {}, True),
        ({"connect_expected_until": NOW}, {}, False),
        ({"connect_expected_until": None}, {}, False),
        ({"connect_listings": 5}, {}, True),
        ({"connect_listings": 6}, {}, False),
        ({"connect_listed_at": NOW - 9_999}, {}, False),
        ({"connect_listed_at": NOW - 10_000}, {}, True),
        ({"link_id": "l2"}, {}, False),
        ({}, {"claim_id": "other"}, False),
        ({}, {"acquired_at": None}, False),
    ],
)
def test_listing_is_acquired_under_exact_conditions(
    tables: Tables, wildcard: dict[str, object], held: dict[str, object], acquired: bool
) -> None:
    expected = {"entry": "source#snaptrade#*", "connect_expected_until": NOW + 1, "connect_listings": 0}
    plant_source(tables, **{**expected, **wildcard})
    plant_cooldown(tables, **held)
    before = tables.contents()
    assert expected_connections.acquire_listing(EVERY, read(source_id="*"), RUNNING, NOW) == acquired
    if acquired:
        after = row(tables, "*")
        assert after["connect_listed_at"] == NOW
        assert after["connect_listings"] == int(str(wildcard.get("connect_listings", 0))) + 1
    else:
        assert tables.contents() == before


def test_expected_connection_creates_no_row(tables: Tables) -> None:
    expected_connections.expect(EVERY, NOW)
    assert row(tables, "*") == {}


@pytest.mark.parametrize("stood", [{}, {"connect_listings": 6}])
def test_expected_connection_may_be_listed_anew(tables: Tables, stood: dict[str, object]) -> None:
    plant_source(tables, entry="source#snaptrade#*", **stood)
    expected_connections.expect(EVERY, NOW)
    after = row(tables, "*")
    assert (after["connect_expected_until"], after["connect_listings"]) == (NOW + 3_600_000, 0)


@pytest.mark.parametrize(
    ("held", "until", "kept"),
    [
        ({}, ACQUIRED + 60_001, (ACQUIRED + 60_001, None)),
        ({}, ACQUIRED + 60_000, (ACQUIRED + 60_000, None)),
        ({}, ACQUIRED + 5, (ACQUIRED + 60_000, None)),
        ({"claim_id": "other"}, ACQUIRED + 90_000, (ACQUIRED + 60_000, ACQUIRED)),
    ],
)
def test_demanded_wait_extends_running_cooldown(
    tables: Tables, held: dict[str, object], until: int, kept: tuple[int, int | None]
) -> None:
    plant_cooldown(tables, expires_at=1, **held)
    cooldowns.extend(RUNNING, until)
    after = cooldown(tables)
    assert (after["retry_at"], after.get("acquired_at")) == kept
    assert after["expires_at"] == (until // 1000 + 3600 if kept == (until, None) and until > ACQUIRED + 60_000 else 1)


def test_release_keeps_demanded_wait(tables: Tables, now: StoppedClock) -> None:
    held = cooldowns.acquire(USER, "snaptrade", now.now, 60_000)
    running = RunningCooldown(USER, "snaptrade", held.cooldown_id, now.now + 60_000, now.now)
    cooldowns.extend(running, now.now + 90_000)
    cooldowns.release(held)
    cooldowns.release(held, now.now + 80_000, by_provider=True)
    assert cooldown(tables)["retry_at"] == now.now + 90_000
    cooldowns.release(held, now.now + 95_000, by_provider=True)
    assert cooldown(tables)["retry_at"] == now.now + 95_000


@pytest.mark.parametrize("by_provider", [False, True])
def test_wait_by_provider_permits_no_first_fetch(tables: Tables, now: StoppedClock, by_provider: bool) -> None:
    held = cooldowns.acquire(USER, "snaptrade", now.now, 60_000)
    assert cooldown(tables)["acquired_at"] == now.now
    cooldowns.release(held, now.now + 30_000, by_provider=by_provider)
    assert ("acquired_at" in cooldown(tables)) != by_provider


def test_link_keeps_time_of_first_link(tables: Tables, now: StoppedClock) -> None:
    plant_item(tables)
    sources.create_discovered(KEY, "Broker")
    linked_at = now.now
    now.advance(5)
    sources.create_discovered(KEY, "Broker")
    assert row(tables)["linked_at"] == linked_at
