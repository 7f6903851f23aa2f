"""Explore every interleaving of some flows, breadth first, so that a counterexample is a shortest one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from verification.model_checker.flows import Process
from verification.model_checker.packed_states import Integers, Layout, Moves, distinct, is_in
from verification.model_checker.transitions import ProcessSteps, Worlds, number_of
from verification.model_checker.worlds import World


class Counterexample(NamedTuple):
    invariant: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.invariant, *(f"  {number}. {step}" for number, step in enumerate(self.steps, 1))])


class _Violated(Exception):
    """Ends the search: the steps from `state` on, which is of the newest level, lead to a violation."""

    def __init__(self, invariant: str, state: int, *steps: str) -> None:
        super().__init__(invariant)
        self.invariant, self.state, self.steps = invariant, state, steps


@dataclass
class Explorer:
    """Returns violations by `check`, of any world, and `check_at_rest`, of a world in which every flow has ended."""

    processes: Sequence[Process]
    check: Callable[[World], str | None]
    check_at_rest: Callable[[World], str | None]
    states: int = 0

    def explore(self, world: World) -> Counterexample | None:
        """Return a shortest counterexample, or None. `states` counts the states that were reached."""
        search = _Search(self)
        try:
            self.states = search.run(world)
        except _Violated as found:
            return search.trace(found)
        return None


class _Search:
    """The states reached so far: `_levels` by their distance from the first, `_known` all of them, sorted."""

    def __init__(self, explorer: Explorer) -> None:
        processes = explorer.processes
        self._check_at_rest = explorer.check_at_rest
        self._worlds = Worlds(explorer.check)
        self._layout = Layout(len(processes))
        self._moves = [
            Moves(number, ProcessSteps(one, self._worlds), number_of(one.after, processes) if one.after else None)
            for number, one in enumerate(processes)
        ]
        self._known: Integers = np.empty(0, np.int64)
        self._levels: list[Integers] = []

    def run(self, world: World) -> int:
        """Return the number of states. Raises _Violated."""
        reached = self._layout.first_state(self._worlds.number(world))
        while (new := reached[~is_in(reached, self._known)]).size:
            self._levels.append(new)
            self._known = np.insert(self._known, np.searchsorted(self._known, new), new)
            self._check_rest()
            reached = self._states_after()
        return self._known.size

    def trace(self, found: _Violated) -> Counterexample:
        """Go the path back to the first state."""
        state, steps = found.state, list(reversed(found.steps))
        for level in reversed(self._levels[:-1]):
            state, label = self._step_before(level, state)
            steps.append(label)
        return Counterexample(found.invariant, tuple(reversed(steps)))

    def _check_rest(self) -> None:
        for state, world in self._layout.ended(self._levels[-1]):
            if violation := self._check_at_rest(self._worlds.by_number[world]):
                raise _Violated(violation, state)

    def _states_after(self) -> Integers:
        """Return the states one step after the newest level."""
        going = [moves.find(self._levels[-1], self._layout) for moves in self._moves]
        self._make_room()
        level, reached = self._levels[-1], list[Integers]()
        for moves, able in zip(self._moves, going, strict=True):
            before, after, numbers = moves.follow(level, able, self._layout)
            for number in np.flatnonzero(moves.is_wrong[numbers])[:1]:
                step = moves.steps[numbers[number]]
                raise _Violated(str(step.violation), int(before[number]), step.label)
            reached.append(after)
        return distinct(np.concatenate(reached))

    def _make_room(self) -> None:
        """Widen what the newest steps have outgrown."""
        for moves in self._moves:
            while not self._layout.has_room(moves.process, moves.steps_of.positions):
                self._known, *self._levels = self._layout.widen(moves.process, [self._known, *self._levels])
        self._layout.require_room(len(self._worlds.by_number))

    def _step_before(self, level: Integers, state: int) -> tuple[int, str]:
        """Return the state of a level that one step leads from to the given state, and the step's label."""
        for moves in self._moves:
            before, after, numbers = moves.follow(level, moves.find(level, self._layout), self._layout)
            for number in np.flatnonzero(after == state)[:1]:
                return int(before[number]), moves.steps[numbers[number]].label
        raise AssertionError("no step leads to a state that was reached")
