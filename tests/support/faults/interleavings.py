"""Pause a flow before each of its store calls, run another action, and continue the flow."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool
from tests.support.faults.fault_injection import Pause, Paused

S = TypeVar("S")


@dataclass(frozen=True)
class Interleaving(Generic[S]):
    """`prepare` returns a scenario and an invocation; `meanwhile` acts at the pause; `check` asserts the invariants."""

    prepare: Callable[[], tuple[S, Invocation]]
    meanwhile: Callable[[S], None]
    check: Callable[[S, Completed], None]

    def run_all_stops(self, process_pool: ProcessPool) -> int:
        """Pause the flow at every store call, and return their number."""
        stops = 0
        while self._run_stop(process_pool, stops):
            stops += 1
        return stops

    def _run_stop(self, process_pool: ProcessPool, stop: int) -> bool:
        """Pause at one store call; return False if the flow has fewer calls."""
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
