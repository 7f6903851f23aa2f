"""Stops a flow before every one of its store calls, lets something else happen, and lets it go on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool
from tests.support.faults.fault_injection import Pause, Paused

S = TypeVar("S")


@dataclass(frozen=True)
class Interleaving(Generic[S]):
    """`prepare` makes a scene and the invocation to stop; `meanwhile` is what happens then; `check` the invariants."""

    prepare: Callable[[], tuple[S, Invocation]]
    meanwhile: Callable[[S], None]
    check: Callable[[S, Completed], None]

    def run_all_stops(self, process_pool: ProcessPool) -> int:
        """At how many store calls the flow was stopped."""
        stops = 0
        while self._run_stop(process_pool, stops):
            stops += 1
        return stops

    def _run_stop(self, process_pool: ProcessPool, stop: int) -> bool:
        """Whether the flow has that many calls."""
        scenario, invocation = self.prepare()
        worker = process_pool.start_process(replace(invocation, store_fault=Pause(stop)))
        outcome = worker.outcome()
        if isinstance(outcome, Completed):
            return False
        assert isinstance(outcome, Paused)
        try:
            self.meanwhile(scenario)
            worker.proceed()
            done = worker.done()
            assert done.response.status < 500, done.response.text
            self.check(scenario, done)
        except AssertionError as error:
            error.add_note(f"stopped before store call {stop}, {outcome.operation}")
            raise
        return True
