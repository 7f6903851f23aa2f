"""Cooldowns, and the paid refreshes made under them."""

from typing import Any

import pytest

from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.inserted_rows import KEY, USER, plant_source, read, row
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.errors import CoolingDown
from tidings.store import conditional_writes, cooldowns, paid_refreshes, sources
from tidings.store.cooldowns import CooldownRuns, RunningCooldown


def acquire(now: int, **more: bool) -> cooldowns.Cooldown:
    return cooldowns.acquire(USER, "snaptrade", now, 60_000, **more)


def test_cooldown_is_free_after_expiry(tables: Tables, now: StoppedClock) -> None:
    began = now.now
    first = acquire(began)
    for at in (began, began + 59_999):
        now.now = at
        with pytest.raises(CoolingDown) as refused:
            acquire(at)
        assert refused.value.retry_after_s == (60 if at == began else 1)
    second = acquire(began + 60_000)
    assert second.cooldown_id != first.cooldown_id
    cooldowns.release(first)
    held = tables.cooldown("snaptrade", USER) or {}
    assert (held["claim_id"], held["retry_at"]) == (second.cooldown_id, began + 120_000)
    assert held["expires_at"] == (began + 120_000) // 1000 + 3600
    cooldowns.release(second, began + 90_000)
    assert (tables.cooldown("snaptrade", USER) or {})["retry_at"] == began + 90_000
    cooldowns.release(second)
    acquire(began + 60_001)


def refused(now: int) -> CooldownRuns:
    """Return the refusal of a caller while another holds the cooldown."""
    with pytest.raises(CooldownRuns) as raised:
        acquire(now)
    return raised.value


def test_refusal_tells_running_cooldown(tables: Tables, now: StoppedClock) -> None:
    held = acquire(now.now)
    running = RunningCooldown(USER, "snaptrade", held.cooldown_id, now.now + 60_000, now.now)
    assert refused(now.now + 1).running == running
    cooldowns.release(held, now.now + 90_000, by_provider=True)
    demanded = running._replace(retry_at=now.now + 90_000, acquired_at=None)
    assert refused(now.now + 1).running == demanded


def test_cooldown_that_ends_while_it_is_read_is_over_in_a_second(tables: Tables, now: StoppedClock) -> None:
    acquire(now.now)

    def delete_before_read(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name == "GetItem":
            tables.clear()

    with intercept_calls(delete_before_read):
        refusal = refused(now.now + 1)
    assert refusal.running == RunningCooldown(USER, "snaptrade", "", 0, None)
    assert refusal.retry_after_s == 1


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_row_of_a_long_wait_outlives_the_wait(tables: Tables, now: StoppedClock, hours: int) -> None:
    retry_at = now.now + hours * 3_600_000
    cooldowns.release(acquire(now.now), retry_at)
    assert (tables.cooldown("snaptrade", USER) or {})["expires_at"] == retry_at // 1000 + 3600
    with pytest.raises(CoolingDown) as refused:
        acquire(retry_at - 1)
    assert refused.value.retry_after_s == hours * 3600


def test_row_of_a_released_cooldown_expires_as_before(tables: Tables, now: StoppedClock) -> None:
    """DynamoDB never deletes a row that expired more than five years ago, such as one that expires at 0."""
    acquired = acquire(now.now)
    before = tables.cooldown("snaptrade", USER) or {}
    cooldowns.release(acquired)
    assert tables.cooldown("snaptrade", USER) == {**before, "retry_at": 0}


def test_cooldown_acquired_by_sdk_retry_is_own(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    writing = conditional_writes.write

    def twice(attempt: Any) -> Any:  # noqa: ANN401 - any write
        writing(attempt)
        return writing(attempt)

    monkeypatch.setattr(cooldowns, "write", twice)
    assert acquire(1000).cooldown_id == (tables.cooldown("snaptrade", USER) or {})["claim_id"]


def test_paid_refresh_allows_one_follow_up_refresh(tables: Tables) -> None:
    acquire(1000, paid_refresh=True)
    for at in (1001, 60_999):
        with pytest.raises(CoolingDown):
            acquire(at, paid_refresh=True)
    acquire(60_998)
    for at in (60_999, 61_000):
        with pytest.raises(CoolingDown):
            acquire(at)
    acquire(120_999, paid_refresh=True)
    assert "follow_up" in (tables.cooldown("snaptrade", USER) or {})


def test_paid_refresh_is_called_once_before_deadline(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_source(tables, pull_retry_at=1, pull_reason="old", pull_call="old")
    older = paid_refreshes.request(KEY, read(), 100) or ""
    requested = paid_refreshes.request(KEY, read(), 100) or ""
    assert not {"pull_retry_at", "pull_reason", "pull_call"} & set(row(tables))
    assert row(tables)["pull_generation"] == 2
    assert not paid_refreshes.begin(KEY, older, 0)
    assert not paid_refreshes.begin(KEY, requested, 100)
    held = sources.update_if

    def twice(*arguments: Any) -> bool:  # noqa: ANN401 - what `held` takes
        return held(*arguments) and held(*arguments)

    monkeypatch.setattr(paid_refreshes, "update_if", twice)
    assert paid_refreshes.begin(KEY, requested, 99)
    monkeypatch.setattr(paid_refreshes, "update_if", held)
    assert not paid_refreshes.begin(KEY, requested, 99)
    paid_refreshes.finish(KEY, older, "accepted")
    assert row(tables)["pull_state"] == "calling"
    paid_refreshes.finish(KEY, requested, "refused", "too_recently", 77)
    assert (row(tables)["pull_state"], row(tables)["pull_reason"], row(tables)["pull_retry_at"]) == (
        "refused",
        "too_recently",
        77,
    )
    paid_refreshes.finish(KEY, requested, "accepted")
    assert not {"pull_reason", "pull_retry_at"} & set(row(tables))


def test_paid_refresh_without_update_has_generation_0(tables: Tables) -> None:
    plant_source(tables, generation=None)
    assert paid_refreshes.request(KEY, read(), 100)
    assert (row(tables)["pull_generation"], row(tables)["pull_state"]) == (0, "requested")


def test_paid_refresh_of_removed_source_is_not_started_or_finished(tables: Tables) -> None:
    plant_source(tables, link_id=None, pull_id="p", pull_state="requested", pull_requested_at=50)
    before = tables.contents()
    assert not paid_refreshes.begin(KEY, "p", 0)
    paid_refreshes.finish(KEY, "p", "failed")
    assert tables.contents() == before
