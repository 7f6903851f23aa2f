"""Kill a flow at each of its store calls, each time in a new scenario."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool
from tests.support.faults.fault_injection import Crash, Crashed, MadeCall, Side

S = TypeVar("S")


@dataclass(frozen=True)
class CrashTest(Generic[S]):
    """`prepare` returns a scenario and the invocation to kill; `check` asserts the invariants after the kill.

    `is_parallel`: the flow makes its calls in threads, so that their order differs from run to run.
    """

    prepare: Callable[[], tuple[S, Invocation]]
    check: Callable[[S], None]
    is_parallel: bool = False

    def run_all_crashes(self, process_pool: ProcessPool) -> tuple[str, ...]:
        """Kill the flow in every state that it leaves to others, and return its store operations."""
        scenario, invocation = self.prepare()
        done = process_pool.run(invocation)
        assert isinstance(done, Completed), done
        assert done.response.status < 500, done.response.text
        self.check(scenario)
        for index, side in self._kills(done.store_calls):
            self._killed(process_pool, index, side, done.operations[index])
        return done.operations

    def _kills(self, calls: tuple[MadeCall, ...]) -> Iterator[tuple[int, Side]]:
        """Yield the kills that differ to others: after each write, and after provider calls.

        A flow that is killed before a call leaves what one leaves that is killed after the call before it, and a
        read leaves nothing.
        """
        seen = 0
        yield 0, "before"
        for index, call in enumerate(calls):
            if index and call.provider_calls > seen:
                yield index, "before"
            seen = call.provider_calls
            if call.has_effect or self.is_parallel:
                yield index, "after"

    def _killed(self, process_pool: ProcessPool, index: int, side: Side, operation: str) -> None:
        scenario, invocation = self.prepare()
        outcome = process_pool.run(replace(invocation, store_fault=Crash(index, side)))
        try:
            assert isinstance(outcome, Crashed), outcome
            self.check(scenario)
        except AssertionError as error:
            error.add_note(f"killed {side} store call {index}, {operation}")
            raise
