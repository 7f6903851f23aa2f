"""Play the reconciler: runs that send messages, their delays, the queue, and the functions that it occupies."""

from dataclasses import dataclass

import numpy as np

from benchmarks.scale.parameters import DAY_S, Behaviour, Limits, Times, Workload
from benchmarks.scale.queues import Times as Instants
from benchmarks.scale.queues import find_longest_wait, serve_in_order
from benchmarks.scale.users import SOURCES

_LONGEST_DELAY_S = 900.0


@dataclass(frozen=True)
class Checks:
    """What the reconciler did in one day. `paging_s`: the longest run's; `unfinished`: messages left at its end."""

    messages: int = 0
    batches: int = 0
    longest_queue: int = 0
    longest_wait_s: float = 0.0
    unfinished: int = 0
    paging_s: float = 0.0


def play_checks(workload: Workload, behaviour: Behaviour, limits: Limits, times: Times, check_s: float) -> Checks:
    """Play all runs of a day. Each message is delayed as if all earlier ones of its run called the provider.

    A function receives a provider's messages in the order sent, five at a time, once the last of them is visible.
    """
    interval = workload.day_s / workload.runs
    per_run = _per_run(workload, behaviour)
    arrivals = []
    sent_s = _send_s(times)
    for run in range(workload.runs):
        for per_minute in (limits.plaid_checks_per_minute, limits.snaptrade_checks_per_minute):
            last = np.minimum(np.arange(0, per_run, limits.batch) + limits.batch, per_run) - 1
            delay = np.minimum(60.0 * (last // per_minute), _LONGEST_DELAY_S)
            # The table's pages mix the providers, so each provider's messages spread over the whole paging.
            arrivals.append(run * interval + last * sent_s * len(SOURCES) + delay)
    arrived: Instants = np.sort(np.concatenate(arrivals))
    ends = serve_in_order(arrived, behaviour.background_concurrency, limits.batch * check_s)
    longest, wait = find_longest_wait(arrived, ends, limits.batch * check_s)
    return Checks(
        messages=per_run * len(SOURCES) * workload.runs,
        batches=arrived.size,
        longest_queue=longest * limits.batch,
        longest_wait_s=wait,
        unfinished=int(np.count_nonzero(ends > workload.day_s)) * limits.batch,
        paging_s=per_run * len(SOURCES) * sent_s,
    )


def _per_run(workload: Workload, behaviour: Behaviour) -> int:
    """Return the messages of one provider in one run."""
    if behaviour.by_schedule:
        return workload.users
    return max(1, round(workload.users * behaviour.checks_a_day * workload.day_s / DAY_S / workload.runs))


def _send_s(times: Times) -> float:
    """Return the paging time per message: a page of 500 items is read, then sent ten at a time."""
    return (1 + times.page_items / 10) * 2 * times.call_s / times.page_items
