"""Kill a flow before and after each of its store calls, each time in a new scenario."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, get_args

from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool
from tests.support.faults.fault_injection import Crash, Crashed, Side

S = TypeVar("S")


@dataclass(frozen=True)
class CrashTest(Generic[S]):
    """`prepare` returns a scenario and the invocation to kill; `check` asserts the invariants after the kill."""

    prepare: Callable[[], tuple[S, Invocation]]
    check: Callable[[S], None]

    def run_all_crashes(self, process_pool: ProcessPool) -> tuple[str, ...]:
        """Kill the flow at every store call, and return these calls."""
        scenario, invocation = self.prepare()
        done = process_pool.run(invocation)
        assert isinstance(done, Completed), done
        assert done.response.status < 500, done.response.text
        self.check(scenario)
        for index, operation in enumerate(done.operations):
            for side in get_args(Side):
                self._killed(process_pool, index, side, operation)
        return done.operations

    def _killed(self, process_pool: ProcessPool, index: int, side: Side, operation: str) -> None:
        scenario, invocation = self.prepare()
        outcome = process_pool.run(replace(invocation, store_fault=Crash(index, side)))
        try:
            assert isinstance(outcome, Crashed), outcome
            self.check(scenario)
        except AssertionError as error:
            error.add_note(f"killed {side} store call {index}, {operation}")
            raise
