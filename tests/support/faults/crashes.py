"""Kills a flow before and after every one of its store calls, each time in a scene of its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, get_args

from tests.support.drivers.process_pool import Done, Invocation, ProcessPool
from tests.support.faults.fault_injection import Crash, Crashed, Side

S = TypeVar("S")


@dataclass(frozen=True)
class Flow(Generic[S]):
    """`prepare` makes a scene and the invocation to kill; `check` holds the invariants, whatever was done of it."""

    prepare: Callable[[], tuple[S, Invocation]]
    check: Callable[[S], None]

    def survives(self, process_pool: ProcessPool) -> tuple[str, ...]:
        """The store calls at which it was killed."""
        scene, invocation = self.prepare()
        done = process_pool.run(invocation)
        assert isinstance(done, Done), done
        assert done.answered.status < 500, done.answered.text
        self.check(scene)
        for index, operation in enumerate(done.operations):
            for side in get_args(Side):
                self._killed(process_pool, index, side, operation)
        return done.operations

    def _killed(self, process_pool: ProcessPool, index: int, side: Side, operation: str) -> None:
        scene, invocation = self.prepare()
        outcome = process_pool.run(replace(invocation, tactic=Crash(index, side)))
        try:
            assert isinstance(outcome, Crashed), outcome
            self.check(scene)
        except AssertionError as error:
            error.add_note(f"killed {side} store call {index}, {operation}")
            raise
