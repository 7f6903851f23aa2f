"""GET /holdings/history and /holdings/changes: which days, in which currency, and in which form."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.fakes.exchange_rates import book
from tidings import clock
from tidings.api.request import Request
from tidings.errors import BadRequest
from tidings.exchange_rates.rates import RateBook
from tidings.model import User
from tidings.portfolio import history_endpoint
from tidings.store import history
from tidings.store.history import ChangeSet, Removal, StoredHistory
from tidings.store.observations import DayObservation, ObservedAccount, SourceId

TODAY = date(2026, 4, 10)
OLDEST = TODAY - timedelta(days=730)


def noon(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) * 1000


class World:
    """Ann's observations, removals and changes, and what was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.days: list[DayObservation] = []
        self.removals: list[Removal] = []
        self.changes: list[ChangeSet] = []
        self.read_until: list[date] = []
        self.rates_read: list[tuple[date, date]] = []
        monkeypatch.setattr(clock, "now_ms", lambda: noon(TODAY))
        monkeypatch.setattr(history_endpoint, "current_user", lambda _: User("ann"))
        monkeypatch.setattr(history_endpoint, "rates_between", self._rates)
        monkeypatch.setattr(history, "read_history", self._read)
        monkeypatch.setattr(history, "read_changes", self._read_changes)

    def _read(self, user_id: str, last: date) -> StoredHistory:
        assert user_id == "ann"
        self.read_until.append(last)
        return StoredHistory([one for one in self.days if one.day <= last], self.removals)

    def _read_changes(self, user_id: str, limit: int) -> list[ChangeSet]:
        assert (user_id, limit) == ("ann", 20)
        return self.changes

    def _rates(self, first: date, last: date) -> RateBook:
        self.rates_read.append((first, last))
        return book(d2026_04_02={"USD": "2"})

    def observe(self, day: date, value: str, currency: str = "EUR", source: SourceId = ("plaid", "a")) -> None:
        account = ObservedAccount("key", {currency: Decimal(value)}, noon(day))
        linked = noon(TODAY - timedelta(days=5))
        self.days.append(DayObservation(day, source, noon(day), linked, [account]))

    def get(self, route: str = "GET /holdings/history", **query: str) -> Any:  # noqa: ANN401 - JSON
        sent = history_endpoint.handle_request(Request(route, "GET", "/", {}, {}, {}, query, b""))
        assert sent["statusCode"] == 200
        return json.loads(sent["body"], parse_float=Decimal)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def days_of(answered: Mapping[str, Any]) -> list[str]:
    return [point["date"] for point in answered["points"]]


def test_user_without_observations_has_an_empty_history(world: World) -> None:
    answered = world.get()
    assert (answered["sources"], answered["points"], answered["events"]) == ([], [], [])
    assert world.read_until == [TODAY]
    assert world.rates_read == []


def test_all_kept_days_are_shown_without_a_choice(world: World) -> None:
    for day in (OLDEST - timedelta(days=1), OLDEST, TODAY):
        world.observe(day, "1")
    kept = [OLDEST.isoformat(), TODAY.isoformat()]
    assert days_of(world.get()) == kept
    assert days_of(world.get(**{"from": "1999-01-01"})) == kept


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"from": "2026-04-08"}, ["2026-04-08", "2026-04-09"]),
        ({"to": "2026-04-08"}, ["2026-04-07", "2026-04-08"]),
        ({"from": "2026-04-08", "to": "2026-04-08"}, ["2026-04-08"]),
        ({"from": "1999-01-01", "to": "2099-01-01"}, ["2026-04-07", "2026-04-08", "2026-04-09"]),
    ],
)
def test_requested_days_are_shown(world: World, query: dict[str, str], expected: list[str]) -> None:
    for number in (7, 8, 9):
        world.observe(date(2026, 4, number), "1")
    assert days_of(world.get(**query)) == expected
    assert world.read_until == [min(TODAY, date.fromisoformat(query.get("to", "2099-01-01")))]


@pytest.mark.parametrize("text", ["", "today", "20260408", "2026-W15-3", "2026-4-8", "2026-02-30", "2026-04-08T00:00"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_day_in_another_form_is_refused(world: World, name: str, text: str) -> None:
    with pytest.raises(BadRequest, match=f"^{name} must be a date"):
        world.get(**{name: text})
    assert world.read_until == []


def test_days_in_the_wrong_order_are_refused(world: World) -> None:
    with pytest.raises(BadRequest, match="later"):
        world.get(**{"from": "2026-04-09", "to": "2026-04-08"})


def test_unknown_currency_is_refused(world: World) -> None:
    with pytest.raises(BadRequest, match="currency"):
        world.get(currency="nonsense")


def test_sources_are_listed_once_in_order(world: World) -> None:
    sources: list[SourceId] = [("plaid", name) for name in "abcdef"] + [("snaptrade", "a"), ("snaptrade", "b")]
    for source in reversed(sources):
        world.observe(TODAY, "1", source=source)
    world.observe(TODAY - timedelta(days=1), "1")
    assert world.get()["sources"] == [{"provider": provider, "source_id": name} for provider, name in sources]


def test_point_is_converted_and_rates_are_read_once_for_all_days(world: World) -> None:
    world.observe(date(2026, 4, 3), "10", "USD")
    world.observe(date(2026, 4, 6), "7", "EUR")
    world.observe(date(2026, 4, 4), "20", "USD")
    answered = world.get(currency="EUR")
    assert world.rates_read == [(date(2026, 4, 3), date(2026, 4, 4))]
    assert [point["converted_total"]["value"] for point in answered["points"]] == [5, 10, 7]


def test_no_rates_are_read_for_amounts_in_the_wanted_currency(world: World) -> None:
    world.observe(TODAY, "10")
    assert world.get(currency="EUR")["points"][0]["converted_total"]["value"] == 10
    assert world.rates_read == []


def test_events_of_the_requested_days_are_shown(world: World) -> None:
    """The source was added five days ago."""
    world.observe(TODAY - timedelta(days=4), "1")
    added, removed = TODAY - timedelta(days=5), TODAY - timedelta(days=1)
    world.removals = [Removal(("plaid", "a"), noon(removed), noon(added))]
    shown = [
        {"kind": "added", "provider": "plaid", "source_id": "a", "at": clock.iso(noon(added))},
        {"kind": "removed", "provider": "plaid", "source_id": "a", "at": clock.iso(noon(removed))},
    ]
    assert world.get()["events"] == shown
    assert world.get(**{"from": added.isoformat(), "to": removed.isoformat()})["events"] == shown
    later = (added + timedelta(days=1)).isoformat()
    assert world.get(**{"from": later})["events"] == shown[1:]
    earlier = (removed - timedelta(days=1)).isoformat()
    assert world.get(to=earlier)["events"] == shown[:1]


def test_changes_of_fetches_are_listed(world: World) -> None:
    changes = {
        "added": Decimal(1),
        "removed": Decimal(2),
        "quantity_changed": Decimal(3),
        "rows": [{"change": "added"}],
    }
    world.changes = [ChangeSet(("snaptrade", "b"), noon(TODAY), changes)]
    assert world.get("GET /holdings/changes") == {
        "changes": [
            {
                "provider": "snaptrade",
                "source_id": "b",
                "at": clock.iso(noon(TODAY)),
                "added": 1,
                "removed": 2,
                "quantity_changed": 3,
                "rows": [{"change": "added"}],
            }
        ]
    }
