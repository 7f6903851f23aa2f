"""Pause a flow before each of its store calls, run another action, and continue the flow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool
from tests.support.faults.fault_injection import MadeCall, Pause, Paused
from tests.support.faults.touched import Touched, record_touched

S = TypeVar("S")


@dataclass(frozen=True)
class Interleaving(Generic[S]):
    """`prepare` returns a scenario and an invocation; `meanwhile` acts at the pause; `check` asserts the invariants.

    `meanwhile` makes all its calls from this process, where they can be recorded.
    """

    prepare: Callable[[], tuple[S, Invocation]]
    meanwhile: Callable[[S], None]
    check: Callable[[S, Completed], None]

    def run_all_stops(self, process_pool: ProcessPool) -> int:
        """Pause the flow at every store call where that makes a difference, and return how many calls it makes."""
        stop = 0
        while following := self._run_stop(process_pool, stop):
            stop = following
        return stop

    def _run_stop(self, process_pool: ProcessPool, stop: int) -> int | None:
        """Pause at one store call and return the next stop; return None if the flow has fewer calls."""
        scenario, invocation = self.prepare()
        worker = process_pool.start_process(replace(invocation, store_fault=Pause(stop)))
        outcome = worker.outcome()
        if isinstance(outcome, Completed):
            return None
        assert isinstance(outcome, Paused)
        try:
            with record_touched() as meanwhile:
                self.meanwhile(scenario)
            worker.proceed()
            done = worker.done()
            assert done.response.status < 500, done.response.text
            self.check(scenario, done)
        except AssertionError as error:
            error.add_note(f"stopped before store call {stop}, {outcome.operation}")
            raise
        return next_stop(done.store_calls, stop, Touched.by_all(meanwhile))


def next_stop(calls: Sequence[MadeCall], stop: int, meanwhile: Touched) -> int:
    """Return the next stop that differs from this one. `calls`, `meanwhile`: what was made at this stop.

    A stop differs from the one before it by the order of the action and the one call between them. That order makes no
    difference if neither touches what the other writes: each reads the same, and both leave the same state. Then the
    calls that follow are the same, too, so the calls of this run decide about several stops in a row.

    A stop counts where a provider was called in between: the action may change what the provider returns. It also
    counts where threads make calls at the same time: there the stops differ from run to run.
    """
    following = stop + 1
    while following < len(calls) and _is_like_stop_before(calls, following, meanwhile):
        following += 1
    return following


def _is_like_stop_before(calls: Sequence[MadeCall], stop: int, meanwhile: Touched) -> bool:
    between = calls[stop - 1]
    return (
        between.touched.is_independent_of(meanwhile)
        and between.provider_calls == calls[stop].provider_calls
        and _has_fixed_place(calls, stop - 1)
        and _has_fixed_place(calls, stop)
    )


def _has_fixed_place(calls: Sequence[MadeCall], number: int) -> bool:
    """Return whether each other call has ended before this one begins, or begins after it has ended."""
    earlier, later = calls[number].known_calls, calls[number + 1 :]
    return len(earlier) == number and all(number in call.known_calls for call in later)
