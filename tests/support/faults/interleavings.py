"""Stops a flow before every one of its store calls, lets something else happen, and lets it go on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tests.support.drivers.process_pool import Done, Invocation, ProcessPool
from tests.support.faults.fault_injection import Pause, Paused

S = TypeVar("S")


@dataclass(frozen=True)
class Interleaving(Generic[S]):
    """`prepare` makes a scene and the invocation to stop; `meanwhile` is what happens then; `check` the invariants."""

    prepare: Callable[[], tuple[S, Invocation]]
    meanwhile: Callable[[S], None]
    check: Callable[[S, Done], None]

    def holds(self, process_pool: ProcessPool) -> int:
        """At how many store calls the flow was stopped."""
        stops = 0
        while self._holds_at(process_pool, stops):
            stops += 1
        return stops

    def _holds_at(self, process_pool: ProcessPool, stop: int) -> bool:
        """Whether the flow has that many calls."""
        scene, invocation = self.prepare()
        worker = process_pool.begin(replace(invocation, tactic=Pause(stop)))
        outcome = worker.outcome()
        if isinstance(outcome, Done):
            return False
        assert isinstance(outcome, Paused)
        try:
            self.meanwhile(scene)
            worker.proceed()
            done = worker.done()
            assert done.answered.status < 500, done.answered.text
            self.check(scene, done)
        except AssertionError as error:
            error.add_note(f"stopped before store call {stop}, {outcome.operation}")
            raise
        return True
