"""What a run stores of several sources, and how old it counts the newest rates of each."""

import time
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import clock, observability
from tidings.errors import ProviderError, StoreUnavailable
from tidings.exchange_rates import collect
from tidings.exchange_rates.rates import DayRates
from tidings.store import exchange_rates
from tidings.store.exchange_rates import StoredRates

TODAY = date(2026, 4, 2)
NOW = 1_775_142_000_000
OLD, NEW = {"USD": "1.07"}, {"USD": "1.08"}


class World:
    """Sources by name, each with its days or an error, and the table."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.files: dict[str, Sequence[DayRates] | Exception] = {}
        self.stored: list[StoredRates] = []
        self.inserted: list[StoredRates] = []
        self.fetched: list[tuple[str, float]] = []
        self.read: list[tuple[date, date]] = []
        self.read_error: Exception | None = None
        self._capture, self._patch = capture, monkeypatch
        monkeypatch.setenv("EXCHANGE_RATES", "ecb")
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
        monkeypatch.setattr(exchange_rates, "read_days", self._read)
        monkeypatch.setattr(exchange_rates, "insert_days", self._insert)

    def run(self) -> Output:
        self._patch.setattr(collect, "SOURCES", [self._source(name) for name in self.files])
        with capture_output(self._capture) as output:
            collect.handle(None, None)
            assert output.lines is not None  # read here: the capture ends with the block
        return output

    def _source(self, name: str) -> Any:  # noqa: ANN401 - a source
        def fetch_days(deadline: float) -> Sequence[DayRates]:
            self.fetched.append((name, deadline))
            found = self.files[name]
            if isinstance(found, Exception):
                raise found
            return found

        return SimpleNamespace(NAME=name, fetch_days=fetch_days)

    def _read(self, first: date, last: date) -> list[StoredRates]:
        self.read.append((first, last))
        if self.read_error:
            raise self.read_error
        return self.stored

    def _insert(self, rows: Iterable[StoredRates], now: int) -> int:
        assert now == NOW
        rows = [*rows]
        self.inserted += rows
        return len(rows)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> World:
    return World(monkeypatch, capsys)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def day(days: int, source: str = "ecb", rates: dict[str, str] = OLD) -> DayRates:
    return DayRates(ago(days), source, rates)


def stored(days: int, source: str = "ecb", rates: dict[str, str] = OLD, revision: int = 1) -> StoredRates:
    return StoredRates(ago(days), source, revision, rates)


def age(output: Output, source: str) -> int:
    """Return the counted age, and require that it was counted once."""
    [line] = [line for line in output.lines if line.get("source") == source and "ExchangeRatesAge" in line]
    return int(line["ExchangeRatesAge"][0])


def test_new_days_and_revised_ones_are_stored(world: World) -> None:
    world.stored = [stored(3), stored(2, revision=4), stored(2, "other", NEW, revision=9)]
    world.files = {"ecb": [day(3), day(2, rates=NEW), day(1)]}
    output = world.run()
    assert world.inserted == [stored(2, rates=NEW, revision=5), stored(1)]
    [revised] = output.lines_with_message("exchange rates revised")
    assert (revised["source"], revised["day"]) == ("ecb", ago(2).isoformat())
    [line] = output.lines_with_message("exchange rates fetched")
    assert (line["source"], line["days"], line["added"]) == ("ecb", 3, 2)
    assert age(output, "ecb") == 1


def test_fetch_ends_with_the_run(world: World) -> None:
    world.files = {"ecb": [day(0)]}
    world.run()
    assert world.fetched == [("ecb", 157.0)]
    assert world.read == [(ago(100), TODAY)]


@pytest.mark.parametrize("order", [1, -1])
def test_each_source_counts_its_own_days(world: World, order: int) -> None:
    world.stored = [stored(0, "done"), stored(7, "done"), stored(5, "behind"), stored(4, "failed"), stored(6, "failed")]
    files: dict[str, Sequence[DayRates] | Exception] = {
        "done": [],
        "behind": [day(9, "behind"), day(3, "behind")],
        "failed": ProviderError(),
        "never": [day(2)],
    }
    world.files = dict([*files.items()][::order])
    output = world.run()
    assert {name: age(output, name) for name in files} == {"done": 0, "behind": 3, "failed": 4, "never": 2}
    assert sorted(name for name, _ in world.fetched) == ["behind", "failed", "never"]
    assert [line["source"] for line in output.lines if "ExchangeRatesFailed" in line] == ["failed"]
    [warned] = output.lines_with_message("exchange rates not fetched")
    assert (warned["source"], warned["problem"]) == ("failed", ProviderError.slug)


def test_stored_day_may_be_newer_than_the_file(world: World) -> None:
    world.stored = [stored(1)]
    world.files = {"ecb": [day(3)]}
    assert age(world.run(), "ecb") == 1


def test_source_without_any_day_counts_as_old_as_what_is_compared(world: World) -> None:
    world.files = {"ecb": ProviderError()}
    assert age(world.run(), "ecb") == 100


def test_deployment_without_rates_makes_no_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_RATES", "off")
    world.files = {"ecb": [day(0)]}
    assert world.run().lines == []
    assert (world.read, world.fetched) == ([], [])


@pytest.mark.parametrize(("error", "logged"), [(StoreUnavailable(), 0), (RuntimeError("a bug"), 1)])
def test_failed_run_is_repeated_and_only_a_bug_is_logged_here(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, logged: int
) -> None:
    told: list[Exception] = []
    monkeypatch.setattr(observability, "log_exception", told.append)
    world.read_error = error
    with pytest.raises(type(error)):
        world.run()
    assert len(told) == logged
