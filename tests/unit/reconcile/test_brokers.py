"""The list of brokers is renewed once a day, and a failure leaves the stored one."""

import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import clock
from tidings.aws import secrets
from tidings.concurrency import limit_time
from tidings.errors import ProviderError, StoreUnavailable, TidingsError
from tidings.providers.snaptrade import brokers as snaptrade
from tidings.reconcile import brokers
from tidings.store import institutions
from tidings.store.institutions import Broker

NOW = 1_771_500_000_000
HOUR_MS = 3_600_000


class World:
    """`listed`: what SnapTrade lists, or its error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_due: bool | Exception = True
        self.app = {"client_id": "c", "consumer_key": "k"}
        self.listed: Sequence[tuple[str, str]] | Exception = [("ALPACA", "Alpaca")]
        self.limited: list[tuple[Any, ...]] = []
        self.deadlines: list[float] = []
        self.saved: list[tuple[Any, ...]] = []
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
        monkeypatch.setattr(secrets, "app_secret", lambda _: self.app)
        monkeypatch.setattr(brokers, "RateLimiter", self._limit)
        monkeypatch.setattr(snaptrade, "list_brokers", self._list)
        monkeypatch.setattr(institutions, "acquire_renewal", self._acquire)
        monkeypatch.setattr(institutions, "save_brokers", lambda *given: self.saved.append(given))

    def _acquire(self, *given: object) -> bool:
        assert given == ("snaptrade", NOW, NOW + HOUR_MS)
        if isinstance(self.is_due, Exception):
            raise self.is_due
        return self.is_due

    def _limit(self, *given: object) -> SimpleNamespace:
        return SimpleNamespace(reserve=lambda calls: self.limited.append((*given, calls)))

    def _list(self, app: object, deadline: float) -> Sequence[tuple[str, str]]:
        assert app == self.app
        self.deadlines.append(deadline)
        if isinstance(self.listed, Exception):
            raise self.listed
        return self.listed


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_brokers_are_stored_by_name_for_a_day(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.listed = [("Z", "alpaca"), ("B", "Zerodha"), ("A", "Alpaca"), ("C", "Fidelity")]
    with capture_output(capsys) as output:
        brokers.renew()
    named = [Broker("A", "Alpaca"), Broker("Z", "alpaca"), Broker("C", "Fidelity"), Broker("B", "Zerodha")]
    assert world.saved == [("snaptrade", named, NOW + 23 * HOUR_MS)]
    assert world.limited == [("snaptrade", 250, 1)]
    [line] = output.lines_with_message("brokers listed")
    assert (line["provider"], line["count"]) == ("snaptrade", 4)


@pytest.mark.parametrize(("limit_s", "deadline"), [(60.0, 110.0), (4.0, 104.0)])
def test_call_ends_after_ten_seconds_or_with_the_run(world: World, limit_s: float, deadline: float) -> None:
    with limit_time(limit_s):
        brokers.renew()
    assert world.deadlines == [deadline]


def test_list_that_another_run_renews_is_left(world: World) -> None:
    world.is_due = False
    brokers.renew()
    assert (world.deadlines, world.saved) == ([], [])


def test_provider_that_is_not_configured_is_not_called(world: World) -> None:
    world.app = {}
    brokers.renew()
    assert (world.limited, world.deadlines, world.saved) == ([], [], [])


def test_empty_list_replaces_none(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.listed = []
    with capture_output(capsys) as output:
        brokers.renew()
    assert (world.saved, output.lines_with_message("brokers listed")) == ([], [])


@pytest.mark.parametrize("error", [ProviderError(), StoreUnavailable()])
@pytest.mark.parametrize("by_store", [True, False])
def test_failure_ends_no_run(
    world: World, error: TidingsError, by_store: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if by_store:
        world.is_due = error
    else:
        world.listed = error
    with capture_output(capsys) as output:
        brokers.renew()
    assert world.saved == []
    [line] = output.lines_with_message("brokers not listed")
    assert (line["provider"], line["problem"]) == ("snaptrade", error.slug)
