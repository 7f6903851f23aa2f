"""Whether an item's message calls the provider, and when the item is due again."""

import random
from typing import Any

import pytest

from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tests.unit.reconcile.run_world import HOUR_MS, ITEM, MAX_SILENCE_HOURS, NOW, STORED, World, daily, row
from tidings.errors import ProviderError, ProviderLimit, RateLimitExceeded
from tidings.model import Source
from tidings.store.items import EncryptedCredential

QUIET = {"last_reconcile_at": NOW - HOUR_MS}
PAUSE_MS = 900_000


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def outcomes(output: Output) -> list[str]:
    return [line["outcome"] for line in output.lines_with_message("task")]


def test_item_with_a_reason_is_checked_and_scheduled_anew(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    item = row(status="reconnect_required")
    world.rows = (item, Source("plaid", "other", "other", "link"))
    with capture_output(capsys) as output:
        assert world.check() == []
    assert world.checked == [("ann", "secret", (item,), NOW)]
    assert (world.limiters, world.counted) == ([("plaid", 50, "status", 40)], [1])
    assert outcomes(output) == ["reconnect"]
    assert world.said("scheduled") == [(ITEM, STORED, NOW + 12 * HOUR_MS)]


def test_outcomes_are_logged_with_reason_and_user(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.outcomes = {"found": 2, "marked": 1}
    with capture_output(capsys) as output:
        assert world.check() == []
    [line] = output.lines_with_message("task")
    assert (line["outcome"], line["provider"], line["user_id"]) == ("silent, 2 found, 1 marked", "plaid", "ann")


@pytest.mark.parametrize(("hours", "is_due"), [(MAX_SILENCE_HOURS, True), (MAX_SILENCE_HOURS - 0.001, False)])
def test_item_is_silent_after_the_providers_hours(world: World, hours: float, is_due: bool) -> None:
    world.rows = (row(last_update_at=NOW - round(hours * HOUR_MS)),)
    assert world.check() == []
    assert len(world.checked) == int(is_due)


def test_item_without_reason_is_only_scheduled(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.rows = (row(**QUIET),)
    with capture_output(capsys) as output:
        assert world.check() == []
    assert (world.checked, outcomes(output)) == ([], [])
    assert world.said("scheduled") == [(ITEM, STORED, daily())]


def test_item_is_due_when_it_would_be_silent(world: World) -> None:
    world.rows = (row(last_update_at=NOW - 25 * HOUR_MS),)
    world.check()
    assert world.said("scheduled") == [(ITEM, STORED, NOW + HOUR_MS)]


@pytest.mark.parametrize(
    ("encrypted", "is_called"),
    [
        (None, False),
        (STORED._replace(check_failures=1, check_after=NOW + 1), False),
        (STORED._replace(check_failures=1, check_after=NOW), True),
    ],
)
def test_unlinked_and_backed_off_items_are_left(
    world: World, encrypted: EncryptedCredential | None, is_called: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    world.encrypted = encrypted
    with capture_output(capsys) as output:
        assert world.check() == []
    assert (len(world.checked), len(world.said("scheduled"))) == (int(is_called), int(is_called))
    assert len(outcomes(output)) == int(is_called)


def test_provider_that_is_not_configured_is_tried_again_in_a_day(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.is_configured = False
    with capture_output(capsys) as output:
        assert world.check() == []
    assert (world.checked, outcomes(output)) == ([], ["not configured"])
    assert world.said("scheduled") == [(ITEM, STORED, daily())]


@pytest.mark.parametrize(
    ("failures", "pause_ms"),
    [
        (None, PAUSE_MS),
        (1, 2 * PAUSE_MS),
        (2, 4 * PAUSE_MS),
        (8, 256 * PAUSE_MS),
        (9, 512 * PAUSE_MS),
        (10, 512 * PAUSE_MS),
    ],
)
def test_failing_item_is_backed_off_twice_as_long_each_time(
    world: World, failures: int | None, pause_ms: int, capsys: pytest.CaptureFixture[str]
) -> None:
    world.encrypted = STORED._replace(check_failures=failures, check_after=NOW)
    world.error = ProviderError()
    with capture_output(capsys) as output:
        assert world.check() == []
    count = (failures or 0) + 1
    assert (world.said("backed off"), world.said("scheduled")) == ([(ITEM, "ann", NOW + pause_ms, count)], [])
    assert outcomes(output) == ["not checked: provider-outage"]
    [line] = output.lines_with_message("not checked")
    assert (line["problem"], line["failures"]) == ("provider-outage", count)
    assert output.metric_sum("ReconcileFailed", provider="plaid", problem="provider-outage") == 1


def test_backed_off_items_do_not_all_return_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.error = ProviderError()
    chosen: Any = None
    for chosen, factor in ((min, 0.9), (max, 1.1)):
        replace_in_product(monkeypatch, random, uniform=lambda low, high, chosen=chosen: chosen(low, high))
        world.check()
        assert world.said("backed off")[-1][2] == NOW + round(PAUSE_MS * factor)


@pytest.mark.parametrize(("requested_s", "until_ms"), [(7200, 7_200_000), (60, PAUSE_MS), (None, PAUSE_MS)])
def test_longer_of_the_providers_wait_and_our_pause_counts(
    world: World, requested_s: int | None, until_ms: int
) -> None:
    world.error = ProviderLimit(retry_after_s=requested_s)
    world.check()
    assert world.said("backed off") == [(ITEM, "ann", NOW + until_ms, 1)]


@pytest.mark.parametrize("failures", [None, 3])
def test_our_own_limit_is_no_failure_of_the_item(world: World, failures: int | None) -> None:
    world.encrypted = STORED._replace(check_failures=failures, check_after=NOW)
    world.error = RateLimitExceeded(retry_after_s=30)
    world.check()
    assert world.said("backed off") == [(ITEM, "ann", NOW + 30_000, failures or 0)]


@pytest.mark.parametrize("item", ["unknown#item", "", None])
def test_message_without_item_is_kept_for_an_operator(
    world: World, item: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_output(capsys) as output:
        assert world.check(item) == [{"itemIdentifier": "1"}]
    assert [line["problem"] for line in output.lines_with_message("refused")] == ["unknown-task"]
    assert world.done == []
