"""Play queues and limits for sorted times of arrival: token bucket, concurrency, first in first out, minutes.

Each function first decides with whole arrays whether a limit is ever reached. Only then it goes step by step.
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]
_WINDOW_S = 10


def accept_by_bucket(times: Times, rate: float, burst: float) -> Mask:
    """Return which arrivals a token bucket accepts. It starts full, and a refused arrival takes no token.

    If the bucket is ever empty, it is played second by second: the first arrivals of a second take its tokens.
    """
    if not times.size:
        return np.ones(0, bool)
    per_s = np.bincount(times.astype(np.int64))
    if per_s.max() <= rate and 2 * per_s.max() <= burst:
        return np.ones(times.size, bool)  # no interval, with a part of a second at each end, can take every token
    walk = np.arange(times.size) - rate * times
    used = walk - np.minimum.accumulate(walk) + 1
    accepted = np.ones(times.size, bool)
    if used.max() <= burst:
        return accepted
    tokens, begin = burst, 0
    for count in per_s.tolist():
        taken = min(count, int(tokens))
        accepted[begin + taken : begin + count] = False
        tokens = min(burst, tokens - taken + rate)
        begin += count
    return accepted


def count_levels(starts: Times, ends: Times) -> Counts:
    """Return how many are in service at each arrival, itself included. `ends` in any order."""
    left = np.searchsorted(np.sort(ends), starts, side="right")
    levels: Counts = np.maximum(np.arange(1, starts.size + 1) - left, 1)
    return levels


def find_peaks(starts: Times, levels: Counts, day_s: float) -> Counts:
    """Return the highest level of each second."""
    peaks = np.zeros(int(day_s) + 1, np.int64)
    if starts.size:
        bounds = np.searchsorted(starts, np.arange(peaks.size + 1))
        busy = np.flatnonzero(np.diff(bounds))
        peaks[busy] = np.maximum.reduceat(levels, bounds[busy])
    return peaks


def accept_by_concurrency(starts: Times, durations: Times, limit: int) -> Mask:
    """Return which arrivals begin at once. The others find `limit` in service and are refused."""
    accepted = np.ones(starts.size, bool)
    if not starts.size or count_levels(starts, starts + durations).max() <= limit:
        return accepted
    running: list[float] = []
    for number, (now, duration) in enumerate(zip(starts.tolist(), durations.tolist(), strict=True)):
        while running and running[0] <= now:
            heapq.heappop(running)
        if len(running) < limit:
            heapq.heappush(running, now + duration)
        else:
            accepted[number] = False
    return accepted


def serve_in_order(arrivals: Times, servers: int, service_s: float) -> Times:
    """Return when each arrival's service ends: first in, first out, equal service times, any number of servers.

    With equal times, services end in the order in which they begin. So arrival n takes the server of n - servers, and
    each server is a queue of its own.
    """
    ends = np.empty_like(arrivals)
    for server in range(servers):
        own = arrivals[server::servers]
        steps = service_s * np.arange(own.size)
        ends[server::servers] = np.maximum.accumulate(own - steps) + steps + service_s
    return ends


def find_longest_wait(arrivals: Times, ends: Times, service_s: float) -> tuple[int, float]:
    """Return the most arrivals that wait at one moment, and the longest wait."""
    if not arrivals.size:
        return 0, 0.0
    begins = ends - service_s
    waiting = np.arange(1, arrivals.size + 1) - np.searchsorted(begins, arrivals, side="right")
    return int(max(0, waiting.max())), float(max(0.0, (begins - arrivals).max()))


@dataclass(frozen=True)
class Environments:
    """Which arrivals start a new environment, how many are alive on average, and the most started within 10 s."""

    cold: Mask
    alive: float
    started_in_10s: int


def find_cold_starts(starts: Times, levels: Counts, kept_s: float, day_s: float) -> Environments:
    """Find the arrivals that no idle environment can take. Lambda takes the one used last, so the k-th serves level k.

    Ten seconds in which no environment can be missing are skipped as a whole; in the others each arrival is played.
    """
    cold = np.zeros(starts.size, bool)
    if not starts.size:
        return Environments(cold, 0.0, 0)
    bounds = np.searchsorted(starts, np.arange(0, day_s + 2 * _WINDOW_S, _WINDOW_S))
    busy = np.flatnonzero(np.diff(bounds))
    peaks = np.maximum.reduceat(levels, bounds[busy])
    used_at = np.full(int(levels.max()) + 1, -np.inf)
    alive, started_in_10s = 0, 0
    for window, peak in zip(busy.tolist(), peaks.tolist(), strict=True):
        end = _WINDOW_S * (window + 1)
        if used_at[1 : peak + 1].min() < end - kept_s:
            for number in range(bounds[window], bounds[window + 1]):
                level, now = levels[number], starts[number]
                cold[number] = used_at[level] < now - kept_s
                used_at[1 : level + 1] = now
            started_in_10s = max(started_in_10s, int(np.count_nonzero(cold[bounds[window] : bounds[window + 1]])))
        else:
            used_at[1 : peak + 1] = end
        alive += int(np.count_nonzero(used_at >= end - kept_s))
    return Environments(cold, alive * _WINDOW_S / day_s, started_in_10s)


@dataclass(frozen=True)
class Limited:
    """What a limit per minute did. `waits`: from the first attempt; NaN for those who gave up.

    `repeats`: when the second and later attempts were made, sorted.
    """

    waits: Times
    repeats: Times
    gave_up: int


def limit_per_minute(
    times: Times, allowed: int, patience: int, generator: np.random.Generator, reaction_s: float = 5.0
) -> Limited:
    """Serve the first `allowed` of each minute. The others try again at the next minute's beginning, a little spread.

    The refusal names the seconds to the next minute and up to five more (`provider_access.rate_limits`). A user clicks
    again `reaction_s` later on average, `patience` times at most.
    """
    waits = np.full(times.size, np.nan)
    order = np.argsort(times)
    fresh_at = times[order]
    repeats: list[Times] = []
    waiting, waiting_at = np.empty(0, np.int64), np.empty(0)
    tries = np.zeros(times.size, np.int64)
    gave_up, begin, minute = 0, 0, int(fresh_at[0] // 60) if times.size else 0
    while begin < order.size or waiting.size:
        end = int(np.searchsorted(fresh_at, 60.0 * (minute + 1)))
        here = waiting_at < 60.0 * (minute + 1)
        users = np.concatenate([waiting[here], order[begin:end]])
        at = np.concatenate([waiting_at[here], fresh_at[begin:end]])
        by_time = np.argsort(at)
        users, at = users[by_time], at[by_time]
        repeats.append(at[tries[users] > 0])
        tries[users] += 1
        waits[users[:allowed]] = at[:allowed] - times[users[:allowed]]
        refused = users[allowed:]
        patient = refused[tries[refused] <= patience]
        gave_up += refused.size - patient.size
        again = 60.0 * (minute + 1) + generator.uniform(0, 5, patient.size)
        again += generator.exponential(reaction_s, patient.size)
        waiting = np.concatenate([waiting[~here], patient])
        waiting_at = np.concatenate([waiting_at[~here], again])
        begin, minute = end, minute + 1
    return Limited(waits, np.concatenate(repeats) if repeats else np.empty(0), gave_up)
