"""The simulation's queues: exact results for cases that can be counted by hand, and both ways agree."""

import heapq
import math

import numpy as np
import pytest

from benchmarks.scale import queues


def times(*values: float) -> queues.Times:
    return np.array(values, float)


def test_bucket_refuses_beyond_burst_and_accepts_after_refill() -> None:
    accepted = queues.accept_by_bucket(times(0, 0, 0, 0.5, 1.0), rate=1, burst=2)
    assert accepted.tolist() == [True, True, False, False, True]


def test_bucket_accepts_everything_below_its_rate() -> None:
    assert queues.accept_by_bucket(np.arange(1000) / 10, rate=10, burst=1).all()
    assert queues.accept_by_bucket(times(), rate=1, burst=1).size == 0


def test_bucket_with_exactly_its_burst_refuses_none() -> None:
    assert queues.accept_by_bucket(times(0, 0, 0), rate=1, burst=3).all()


def test_concurrency_refuses_while_all_are_busy() -> None:
    accepted = queues.accept_by_concurrency(times(0, 0.1, 0.2, 1.1), np.full(4, 1.0), limit=2)
    assert accepted.tolist() == [True, True, False, True]


def test_levels_count_invocations_that_overlap() -> None:
    assert queues.count_levels(times(0, 1, 2, 5), times(3, 2, 4, 6)).tolist() == [1, 2, 2, 1]


@pytest.mark.parametrize("servers", [1, 3, 7])
def test_queue_matches_event_by_event_simulation(servers: int) -> None:
    generator = np.random.default_rng(servers)
    arrivals = np.sort(generator.uniform(0, 50, 400))
    free = [0.0] * servers
    expected = []
    for now in arrivals:
        end = max(now, heapq.heappop(free)) + 0.5
        heapq.heappush(free, end)
        expected.append(end)
    assert queues.serve_in_order(arrivals, servers, 0.5) == pytest.approx(np.array(expected))


def test_longest_wait_counts_those_not_yet_begun() -> None:
    arrivals = times(0, 0, 0)
    ends = queues.serve_in_order(arrivals, 1, 2.0)
    assert queues.find_longest_wait(arrivals, ends, 2.0) == (2, 4.0)
    assert queues.find_longest_wait(times(), times(), 2.0) == (0, 0.0)


def test_environment_is_cold_first_and_after_being_idle_too_long() -> None:
    starts = times(0, 0.1, 10, 10.1, 700)
    found = queues.find_cold_starts(starts, np.array([1, 2, 1, 2, 1]), kept_s=600, day_s=1000)
    assert found.cold.tolist() == [True, True, False, False, True]
    assert found.started_in_10s == 2


def test_environment_used_last_is_taken_first_so_others_end() -> None:
    """Level 1 is used all the time, level 2 once: its environment has ended when it is needed again."""
    starts = times(0, 0.1, 400, 650, 650.1)
    found = queues.find_cold_starts(starts, np.array([1, 2, 1, 1, 2]), kept_s=600, day_s=1000)
    assert found.cold.tolist() == [True, True, False, False, True]


def test_minute_limit_serves_first_and_makes_others_wait_for_next_minute() -> None:
    limited = queues.limit_per_minute(times(10, 20, 30), 1, 10, np.random.default_rng(1))
    assert limited.waits[0] == 0
    assert limited.waits[1:].min() >= 30
    assert limited.waits.max() >= 90
    assert limited.gave_up == 0
    assert limited.repeats.size == 3


def test_minute_limit_counts_those_who_give_up() -> None:
    limited = queues.limit_per_minute(np.zeros(5), 1, 2, np.random.default_rng(1))
    assert limited.gave_up == 2
    assert np.count_nonzero(np.isnan(limited.waits)) == 2


def test_minute_limit_makes_nobody_wait_below_it() -> None:
    limited = queues.limit_per_minute(times(*range(0, 600, 60)), 1, 10, np.random.default_rng(1))
    assert limited.waits.tolist() == [0.0] * 10
    assert limited.repeats.size == 0
    assert not math.isnan(float(queues.limit_per_minute(times(), 1, 1, np.random.default_rng(1)).waits.sum()))


def test_invocation_that_takes_no_time_still_needs_an_environment() -> None:
    starts = times(0, 1)
    levels = queues.count_levels(starts, starts)
    assert levels.tolist() == [1, 1]
    assert queues.find_cold_starts(starts, levels, kept_s=600, day_s=10).cold.tolist() == [True, False]
